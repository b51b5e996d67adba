#include "core/session/settings.h"

#include "tests/support.h"

/* The schema and the properties agree in names, types and standard values. */
static void
test_schema(void)
{
  g_autoptr(SgSettings) settings = sg_settings_new();
  g_assert_true(sg_settings_are_kept(settings));
  g_autoptr(GSettingsSchema) schema =
      g_settings_schema_source_lookup(g_settings_schema_source_get_default(), SG_SETTINGS_SCHEMA_ID, TRUE);
  g_auto(GStrv) keys = g_settings_schema_list_keys(schema);
  guint n_properties;
  g_autofree GParamSpec **properties =
      g_object_class_list_properties(G_OBJECT_GET_CLASS(settings), &n_properties);
  g_assert_cmpuint(g_strv_length(keys), ==, n_properties);
  for (guint i = 0; i < n_properties; i++) {
    g_test_message("%s", properties[i]->name);
    g_assert_true(g_strv_contains((const char *const *)keys, properties[i]->name));
    /* The properties have the schema's values now. */
    g_auto(GValue) value = G_VALUE_INIT;
    g_value_init(&value, properties[i]->value_type);
    g_object_get_property(G_OBJECT(settings), properties[i]->name, &value);
    if (G_VALUE_HOLDS_VARIANT(&value))
      g_assert_true(g_variant_equal(g_value_get_variant(&value),
                                    g_value_get_variant(g_param_spec_get_default_value(properties[i]))));
    else
      g_assert_true(g_param_value_defaults(properties[i], &value));
  }
}

/* A change in one object appears in another, the method choice among it. */
static void
test_shared(void)
{
  g_autoptr(SgSettings) a = sg_settings_new();
  g_autoptr(SgSettings) b = sg_settings_new();
  g_object_set(a, "colours", "grey", "range-db", 60.0, "scratch-folder", "/somewhere", NULL);
  g_assert_cmpstr(sg_settings_get_string(b, "colours"), ==, "grey");
  g_assert_cmpfloat(sg_settings_get_double(b, "range-db"), ==, 60.0);
  g_assert_cmpstr(sg_settings_get_scratch_folder(b), ==, "/somewhere");
  g_object_set(a, "scratch-folder", "", NULL);
  g_assert_null(sg_settings_get_scratch_folder(b));

  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_method_id(choice, "nmf");
  sg_method_choice_set_knob(choice, 0, 8.0);
  sg_method_choice_set_wiener_iterations(choice, 1);
  sg_settings_set_method_choice(a, choice);
  g_autoptr(SgMethodChoice) again = sg_settings_dup_method_choice(b);
  g_assert_true(sg_method_choice_equal(choice, again));
}

/* Without the schema there are the standard values, and changes act while the program runs. */
static void
test_no_schema(void)
{
  if (g_test_subprocess()) {
    g_autoptr(SgSettings) settings = sg_settings_new();
    g_assert_false(sg_settings_are_kept(settings));
    g_assert_cmpstr(sg_settings_get_string(settings, "colours"), ==, "magma");
    g_object_set(settings, "colours", "viridis", NULL);
    g_assert_cmpstr(sg_settings_get_string(settings, "colours"), ==, "viridis");
    g_autoptr(SgMethodChoice) choice = sg_settings_dup_method_choice(settings);
    g_assert_cmpstr(sg_method_choice_get_method_id(choice), ==, sg_method_choice_standard_id());
    return;
  }
  g_setenv("GSETTINGS_SCHEMA_DIR", "/nowhere", TRUE);
  g_setenv("XDG_DATA_DIRS", "/nowhere", TRUE);
  g_setenv("XDG_DATA_HOME", "/nowhere", TRUE);
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_passed();
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/core/session/settings/schema", test_schema);
  g_test_add_func("/core/session/settings/shared", test_shared);
  g_test_add_func("/core/session/settings/no-schema", test_no_schema);
  return g_test_run();
}
