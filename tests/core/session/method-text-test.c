#include "core/session/method-text.h"

#include <string.h>

#include "core/separate/method.h"
#include "tests/support.h"

static void
assert_sentence(const char *sentence, const char *of)
{
  if (strlen(sentence) < 10 || !g_str_has_suffix(sentence, "."))
    g_error("“%s” is no sentence for %s", sentence, of);
}

static void
assert_name(const char *name, const char *id)
{
  if (g_str_equal(name, id))
    g_error("%s has no name for people", id);
}

/* Everything that a method tells of itself has words for people. */
static void
test_every_method(void)
{
  for (const SgMethodClass *const *class = sg_methods(); *class != NULL; class ++) {
    const char *id = (*class)->id;
    assert_name(sg_method_name(id), id);
    assert_sentence(sg_method_sentence(id), id);
    SgMethodSetup setup = { .rate_hz = 44100, .n_channels = 2, .n_frames = 44 };
    setup.stft = sg_stft_size_for_rate(setup.rate_hz);
    SgMethod *method;
    test_assert_ok((*class)->create(&setup, &method, NULL));
    const SgMethodPlan *plan = (*class)->plan(method);
    for (gsize j = 0; j < plan->n_sources; j++)
      assert_name(sg_source_name(plan->sources[j]), plan->sources[j]);
    (*class)->free(method);
    for (gsize i = 0; i < (*class)->n_knobs; i++) {
      const SgMethodKnob *knob = &(*class)->knobs[i];
      assert_name(sg_knob_name(id, knob->id), knob->id);
      assert_sentence(sg_knob_sentence(id, knob->id), knob->id);
      for (int k = 0; knob->choices != NULL && k <= (int)(knob->maximum - knob->minimum); k++)
        assert_name(sg_choice_name(knob->choices[k]), knob->choices[k]);
    }
  }
}

static void
test_unknown(void)
{
  g_assert_cmpstr(sg_method_name("nonsense"), ==, "nonsense");
  g_assert_cmpstr(sg_method_sentence("nonsense"), ==, "");
  g_assert_cmpstr(sg_source_name("kazoo"), ==, "kazoo");
  g_assert_cmpstr(sg_knob_name("hpss", "nonsense"), ==, "nonsense");
  g_assert_cmpstr(sg_knob_sentence("nonsense", "margin"), ==, "");
  g_assert_cmpstr(sg_choice_name("nonsense"), ==, "nonsense");
  g_assert_cmpstr(sg_unit_name("furlongs"), ==, "furlongs");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/method-text/every-method", test_every_method);
  g_test_add_func("/method-text/unknown", test_unknown);
  return g_test_run();
}
