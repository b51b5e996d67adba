#include "core/session/data-folder.h"

static char *
dup_folder(void)
{
  static const char *const beside[] = { "data", "../share/stemglass" };
  const char *given = g_getenv("STEMGLASS_DATA_DIR");
  if (given != NULL && *given != '\0')
    return g_strdup(given);
  g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
  for (gsize i = 0; folder != NULL && i < G_N_ELEMENTS(beside); i++) {
    g_autofree char *path = g_build_filename(folder, beside[i], NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
      return g_canonicalize_filename(path, NULL);
  }
  return g_strdup(SG_PKGDATADIR);
}

char *
sg_data_dup_path(const char *name)
{
  g_autofree char *folder = dup_folder();
  return g_build_filename(folder, name, NULL);
}

char *
sg_data_dup_user_path(const char *name)
{
  return g_build_filename(g_get_user_data_dir(), "stemglass", name, NULL);
}
