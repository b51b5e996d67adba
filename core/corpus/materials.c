#include "core/corpus/materials.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"

#define FONTS "/usr/share/sounds/sf2/"
#define HYDROGEN "/usr/share/hydrogen/data/drumkits"
#define SONIC_PI "/usr/share/sonic-pi/samples"

enum { N_SYNTHESISED = 14 };

/* Files, the packages that install them, and the licences as their copyright files state them. */
typedef struct {
  const char *path, *package, *licence;
} Source;

static const Source fonts[] = {
  { FONTS "FluidR3_GM.sf2", "fluid-soundfont-gm", "Expat (MIT)" },
  { FONTS "MuseScore_General_Full.sf2", "musescore-general-soundfont-lossless", "Expat (MIT)" },
};

static const Source drum_fonts[] = {
  { FONTS "Black_Pearl_4_LV2.sf2", "avldrums.lv2-soundfont", "CC-BY-SA-3.0" },
  { FONTS "Red_Zeppelin_4_LV2.sf2", "avldrums.lv2-soundfont", "CC-BY-SA-3.0" },
};

static const Source hydrogen_kits[] = {
  { "Audiophob", "hydrogen-drumkits", "CC0-1.0" },
  { "BJA_Pacific", "hydrogen-drumkits", "CC-BY-SA-3.0" },
  { "ColomboAcousticDrumkit", "hydrogen-drumkits", "GPL-2+ with composition exception" },
  { "ElectricEmpireKit", "hydrogen-drumkits", "GPL-2+" },
  { "ForzeeStereo", "hydrogen-drumkits", "GPL-2" },
  { "HardElectro1", "hydrogen-drumkits", "GPL-2+" },
  { "Millo-Drums_v.1", "hydrogen-drumkits", "GPL-2" },
  { "Millo_MultiLayered2", "hydrogen-drumkits", "GPL-2" },
  { "Millo_MultiLayered3", "hydrogen-drumkits", "GPL-2" },
  { "The Black Pearl 1.0", "hydrogen-drumkits", "GPL-2" },
  { "VariBreaks", "hydrogen-drumkits", "GPL-2+" },
  { "circAfrique v4", "hydrogen-drumkits", "CC-BY-SA-3.0" },
  { "rumpf_kit_z01_h2", "hydrogen-drumkits", "CC-BY-3.0" },
};

/* Kits of these names sound like machines. */
static const char *const machines[] = { "Audiophob", "ElectricEmpireKit", "HardElectro1", "VariBreaks" };

static const Source sonic_pi = { SONIC_PI, "sonic-pi-samples", "CC0-1.0" };
static const Source mma = { "/usr/share/mma/lib/stdlib", "mma", "GPL-2+" };

/* Shelves of recorded speakers, one a language. */
static const Source recordings[] = {
  { "/usr/share/klettres", "klettres-data", "GPL-2+" },
  { "/usr/share/ktuberling/sounds", "ktuberling-data", "GPL-2+" },
};

static size_t
find_fonts(const Source *sources, size_t n, const char **out_paths)
{
  size_t found = 0;
  for (size_t i = 0; i < n; i++)
    if (access(sources[i].path, R_OK) == 0)
      out_paths[found++] = sources[i].path;
  return found;
}

void
sg_materials_find_fonts(SgInstruments *out_instruments)
{
  *out_instruments = (SgInstruments){ 0 };
  out_instruments->n_fonts = find_fonts(fonts, sizeof fonts / sizeof *fonts, out_instruments->font_paths);
}

static bool
is_machine(const char *name)
{
  for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
    if (strcmp(name, machines[i]) == 0)
      return true;
  return false;
}

/* Keeps the kit when a beat can be played on it. */
static void
add_kit(SgMaterials *materials, SgKit *kit, bool electronic)
{
  SgInstruments *have = &materials->instruments;
  if (!sg_kit_is_complete(kit) || materials->n_kits == SG_MAX_KITS) {
    sg_kit_free(kit);
    return;
  }
  materials->kits[materials->n_kits++] = kit;
  if (electronic)
    have->electronic_kits[have->n_electronic_kits++] = kit;
  else
    have->acoustic_kits[have->n_acoustic_kits++] = kit;
}

static SgStatus
read_kits(SgMaterials *materials, SgRandom *random, SgProgress progress, void *user, SgError *error)
{
  static const char *const prefixes[] = { "bd_", "sn_", "drum_", "elec_", "perc_snap", NULL };
  SgKit *kit = NULL;
  const size_t n_kits = sizeof hydrogen_kits / sizeof *hydrogen_kits;
  for (size_t i = 0; i < n_kits; i++) {
    if (progress != NULL && !progress((double)i / (double)n_kits, "materials", user))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    char folder[SG_ERROR_PATH_SIZE];
    snprintf(folder, sizeof folder, HYDROGEN "/%s", hydrogen_kits[i].path);
    SgStatus status = sg_kit_read_hydrogen(folder, &kit, error);
    if (status == SG_OK)
      add_kit(materials, kit, is_machine(hydrogen_kits[i].path));
    else if (status == SG_NO_MEMORY)
      return status;
  }
  if (sg_kit_read_folder(SONIC_PI, prefixes, &kit, NULL) == SG_OK)
    add_kit(materials, kit, true);
  for (int i = 0; i < N_SYNTHESISED; i++) {
    kit = sg_kit_synthesise(random);
    if (kit == NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    add_kit(materials, kit, true);
  }
  return SG_OK;
}

SgStatus
sg_materials_new(SgRandom *random, SgProgress progress, void *user, SgMaterials **out_materials,
                 SgError *error)
{
  *out_materials = NULL;
  SgMaterials *materials = SG_NEW(SgMaterials, 1);
  if (materials == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgInstruments *have = &materials->instruments;
  have->n_fonts = find_fonts(fonts, sizeof fonts / sizeof *fonts, have->font_paths);
  have->n_drum_fonts = find_fonts(drum_fonts, sizeof drum_fonts / sizeof *drum_fonts, have->drum_font_paths);
  const char *const shelves[] = { recordings[0].path, recordings[1].path, NULL };
  SgStatus status = sg_recordings_new(shelves, &materials->recordings, error);
  have->cast.recordings = materials->recordings;
  if (status == SG_OK)
    status = read_kits(materials, random, progress, user, error);
  if (status == SG_OK && sg_grooves_new(NULL, &materials->grooves, error) == SG_NO_MEMORY)
    status = SG_NO_MEMORY;
  if (status == SG_OK && sg_scores_new(&materials->scores, error) == SG_NO_MEMORY)
    status = SG_NO_MEMORY;
  if (status != SG_OK) {
    sg_materials_free(materials);
    return status;
  }
  *out_materials = materials;
  return SG_OK;
}

void
sg_materials_free(SgMaterials *materials)
{
  if (materials == NULL)
    return;
  for (size_t i = 0; i < materials->n_kits; i++)
    sg_kit_free(materials->kits[i]);
  sg_grooves_free(materials->grooves);
  sg_scores_free(materials->scores);
  sg_recordings_free(materials->recordings);
  sg_free(materials);
}

static void
describe(SgJson *array, const Source *source, const char *path)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "path", path);
  sg_json_set_text(json, "package", source->package);
  sg_json_set_text(json, "licence", source->licence);
  sg_json_append(array, json);
}

SgJson *
sg_materials_describe_fonts(void)
{
  SgJson *array = sg_json_array_new();
  for (size_t i = 0; i < sizeof fonts / sizeof *fonts; i++)
    if (access(fonts[i].path, R_OK) == 0)
      describe(array, &fonts[i], fonts[i].path);
  return array;
}

SgJson *
sg_materials_describe(const SgMaterials *materials)
{
  SgJson *array = sg_materials_describe_fonts();
  for (size_t i = 0; i < sizeof drum_fonts / sizeof *drum_fonts; i++)
    if (access(drum_fonts[i].path, R_OK) == 0)
      describe(array, &drum_fonts[i], drum_fonts[i].path);
  for (size_t k = 0; k < materials->n_kits; k++)
    for (size_t i = 0; i < sizeof hydrogen_kits / sizeof *hydrogen_kits; i++)
      if (strcmp(materials->kits[k]->name, hydrogen_kits[i].path) == 0) {
        char path[SG_ERROR_PATH_SIZE];
        snprintf(path, sizeof path, HYDROGEN "/%s", hydrogen_kits[i].path);
        describe(array, &hydrogen_kits[i], path);
      }
  if (access(sonic_pi.path, R_OK) == 0)
    describe(array, &sonic_pi, sonic_pi.path);
  for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++)
    if (access(recordings[i].path, R_OK) == 0)
      describe(array, &recordings[i], recordings[i].path);
  if (materials->grooves != NULL)
    describe(array, &mma, mma.path);
  sg_scores_describe(array);
  return array;
}
