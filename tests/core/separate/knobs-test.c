#include "core/separate/knobs.h"

#include <math.h>
#include <string.h>

#include "tests/support.h"

static void
test_allows(void)
{
  const SgMethodKnob any = { .id = "any", .minimum = -1, .maximum = 2, .standard = 0 };
  const SgMethodKnob stepped = { .id = "stepped", .minimum = 0.1, .maximum = 5, .standard = 1, .step = 0.1 };
  const char *const names[] = { "a", "b", "c" };
  const SgMethodKnob choice = { .id = "choice", .maximum = 2, .choices = names };
  g_assert_true(sg_knob_allows(&any, -1.0) && sg_knob_allows(&any, 2.0) && sg_knob_allows(&any, 0.12345));
  g_assert_false(sg_knob_allows(&any, -1.01) || sg_knob_allows(&any, 2.01) || sg_knob_allows(&any, NAN) ||
                 sg_knob_allows(&any, INFINITY));
  for (double value = 0.1, i = 0; i < 49; i++, value += 0.1)
    g_assert_true(sg_knob_allows(&stepped, value));
  g_assert_false(sg_knob_allows(&stepped, 0.15) || sg_knob_allows(&stepped, 0.0));
  g_assert_true(sg_knob_allows(&choice, 0.0) && sg_knob_allows(&choice, 2.0));
  g_assert_false(sg_knob_allows(&choice, 0.5) || sg_knob_allows(&choice, 3.0));
}

static void
test_read(void)
{
  const SgMethodKnob described[] = { { .id = "one", .maximum = 4, .standard = 1, .step = 1 },
                                     { .id = "two", .minimum = 2, .maximum = 3, .standard = 2.5 } };
  double values[2];
  test_assert_ok(sg_knobs_read(described, 2, NULL, values, NULL));
  g_assert_true(values[0] == 1.0 && values[1] == 2.5);
  test_assert_ok(sg_knobs_read(described, 2, (double[]){ 4.0, 3.0 }, values, NULL));
  g_assert_true(values[0] == 4.0 && values[1] == 3.0);
  SgError error;
  test_assert_status(sg_knobs_read(described, 2, (double[]){ 4.0, 3.5 }, values, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "two");
}

/* What every method of the registry says of its knobs holds together. */
static void
test_registry(void)
{
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++) {
    g_assert_cmpuint((*method)->n_knobs, <=, SG_MAX_KNOBS);
    for (gsize i = 0; i < (*method)->n_knobs; i++) {
      const SgMethodKnob *knob = &(*method)->knobs[i];
      g_assert_true(sg_knob_allows(knob, knob->standard));
      g_assert_true(sg_knob_allows(knob, knob->minimum));
      g_assert_true(sg_knob_allows(knob, knob->maximum));
      g_assert_cmpfloat(knob->minimum, <, knob->maximum);
      for (gsize k = 0; k < i; k++)
        g_assert_cmpstr((*method)->knobs[k].id, !=, knob->id);
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/knobs/allows", test_allows);
  g_test_add_func("/knobs/read", test_read);
  g_test_add_func("/knobs/registry", test_registry);
  return g_test_run();
}
