#include "core/session/method-choice.h"

#include <math.h>

#include "core/separate/knobs.h"
#include "tests/support.h"

static guint
knob_index(SgMethodChoice *choice, const char *id)
{
  const SgMethodClass *method = sg_method_choice_get_class(choice);
  for (guint k = 0; k < method->n_knobs; k++)
    if (g_str_equal(method->knobs[k].id, id))
      return k;
  g_error("%s has no knob %s", method->id, id);
}

static void
count(SgMethodChoice *choice, guint *n)
{
  ++*n;
}

static void
test_standard(void)
{
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  g_assert_cmpstr(sg_method_choice_get_method_id(choice), ==, sg_method_choice_standard_id());
  g_assert_true(sg_method_choice_is_standard(choice));
  g_assert_true(g_str_has_suffix(sg_method_choice_get_model_path(choice), "/models/four-stems.safetensors"));
  g_assert_false(sg_method_choice_set_method_id(choice, "model:no such model"));
  g_assert_false(sg_method_choice_set_method_id(choice, "no such method"));
  g_assert_false(sg_method_choice_set_method_id(choice, "model"));
  g_assert_cmpstr(sg_method_choice_get_method_id(choice), ==, sg_method_choice_standard_id());
  g_assert_true(sg_method_choice_set_method_id(choice, "model:/a b.safetensors"));
  g_assert_cmpstr(sg_method_choice_get_model_path(choice), ==, "/a b.safetensors");
  g_assert_cmpstr(sg_method_choice_get_class(choice)->id, ==, "model");
}

/* Without the model, and whoever chose it by name before. */
static void
test_standard_missing(void)
{
  if (g_test_subprocess()) {
    g_setenv("STEMGLASS_DATA_DIR", "/no such folder", TRUE);
    g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
    g_assert_cmpstr(sg_method_choice_get_method_id(choice), ==, "classic");
    g_assert_false(sg_method_choice_set_method_id(choice, SG_METHOD_CHOICE_STANDARD));
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_passed();
}

/* Whatever is asked for, the engine takes what comes of it. */
static void
test_values_are_allowed(void)
{
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  SgRandom random = test_random();
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++) {
    g_assert_true(sg_method_choice_set_method_id(choice, (*method)->id));
    for (guint k = 0; k < (*method)->n_knobs; k++) {
      const SgMethodKnob *knob = &(*method)->knobs[k];
      double range = knob->maximum - knob->minimum;
      for (guint i = 0; i < 50; i++) {
        double asked = knob->minimum + (1.5 * sg_random_unit(&random) - 0.25) * range;
        sg_method_choice_set_knob(choice, k, asked);
        double got = sg_method_choice_get_knob(choice, k);
        double nearest = CLAMP(asked, knob->minimum, knob->maximum);
        g_assert_true(sg_knob_allows(knob, got));
        g_assert_cmpfloat(fabs(got - nearest), <=, knob->step + 1e-9 + (knob->choices != NULL));
      }
      sg_method_choice_set_knob(choice, k, NAN);
      g_assert_cmpfloat(sg_method_choice_get_knob(choice, k), ==, knob->standard);
    }
    g_assert_true(sg_method_choice_is_standard(choice));
  }
}

static void
test_methods_keep_their_own(void)
{
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_method_id(choice, "hpss");
  guint n_changes = 0;
  g_signal_connect(choice, "changed", G_CALLBACK(count), &n_changes);
  guint margin = knob_index(choice, "margin");
  sg_method_choice_set_knob(choice, margin, 2.0);
  g_assert_cmpuint(n_changes, ==, 1);
  sg_method_choice_set_knob(choice, margin, 2.0);
  g_assert_cmpuint(n_changes, ==, 1);
  sg_method_choice_set_method_id(choice, "nmf");
  sg_method_choice_set_wiener_iterations(choice, 2);
  g_assert_cmpuint(n_changes, ==, 3);
  sg_method_choice_set_knob(choice, knob_index(choice, "components"), 8.0);

  g_autoptr(SgMethodChoice) copy = sg_method_choice_copy(choice);
  g_assert_true(sg_method_choice_equal(choice, copy));
  sg_method_choice_set_method_id(copy, "hpss");
  g_assert_false(sg_method_choice_equal(choice, copy));
  g_assert_cmpfloat(sg_method_choice_get_knob(copy, margin), ==, 2.0);
  g_autofree double *knobs = sg_method_choice_dup_knobs(copy);
  g_assert_cmpfloat(knobs[margin], ==, 2.0);

  guint rounds = sg_method_choice_get_wiener_iterations(copy);
  sg_method_choice_reset(copy);
  g_assert_true(sg_method_choice_is_standard(copy));
  g_assert_cmpfloat(sg_method_choice_get_knob(copy, margin), ==, 1.0);
  g_assert_cmpuint(sg_method_choice_get_wiener_iterations(copy), ==, 0);
  sg_method_choice_set_wiener_iterations(copy, rounds);
  g_assert_false(sg_method_choice_is_standard(copy));
  sg_method_choice_set_method_id(copy, "nmf");
  g_assert_true(sg_method_choice_equal(choice, copy));
  sg_method_choice_set_wiener_iterations(copy, 0);
  g_assert_false(sg_method_choice_equal(choice, copy));
}

/* A model file has knobs as others have, and they are remembered too. */
static void
test_model_knobs(void)
{
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_method_id(choice, "model:/a.safetensors");
  guint quality = knob_index(choice, "quality");
  double other = sg_method_choice_get_class(choice)->knobs[quality].maximum;
  sg_method_choice_set_knob(choice, quality, other);
  g_assert_false(sg_method_choice_is_standard(choice));
  g_autoptr(SgMethodChoice) copy = sg_method_choice_copy(choice);
  g_assert_cmpfloat(sg_method_choice_get_knob(copy, quality), ==, other);
}

/* What was remembered by another version: unknown methods, unknown knobs, values out of range. */
static void
test_foreign_knobs(void)
{
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_method_id(choice, "hpss");
  g_autoptr(GVariant) foreign = g_variant_ref_sink(
      g_variant_new_parsed("{'hpss': {'margin': 100.0, 'none': 1.0}, 'none': {'margin': 2.0}}"));
  sg_method_choice_set_knobs(choice, foreign);
  g_assert_cmpfloat(sg_method_choice_get_knob(choice, knob_index(choice, "margin")), ==, 8.0);
  g_autoptr(GVariant) expected = g_variant_ref_sink(g_variant_new_parsed("{'hpss': {'margin': 8.0}}"));
  g_autoptr(GVariant) kept = g_variant_ref_sink(sg_method_choice_get_knobs(choice));
  g_assert_true(g_variant_equal(kept, expected));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/core/session/method-choice/standard", test_standard);
  g_test_add_func("/core/session/method-choice/standard-missing", test_standard_missing);
  g_test_add_func("/core/session/method-choice/values-are-allowed", test_values_are_allowed);
  g_test_add_func("/core/session/method-choice/methods-keep-their-own", test_methods_keep_their_own);
  g_test_add_func("/core/session/method-choice/model-knobs", test_model_knobs);
  g_test_add_func("/core/session/method-choice/foreign-knobs", test_foreign_knobs);
  return g_test_run();
}
