/* Renders the demo song: four stems and their mixture. */

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "mix.h"
#include "write.h"

#define FONT_FOLDER "/usr/share/sounds/sf2/"

static int
usage(FILE *stream)
{
  fputs("Usage: demo-song [OPTION]... FOLDER\n"
        "Render the demo song into drums.flac, bass.flac, other.flac, vocals.flac and\n"
        "mixture.flac in FOLDER.\n\n"
        "  -f, --fluid=FILE      the font FluidR3_GM.sf2\n"
        "  -m, --musescore=FILE  the font MuseScore_General_Full.sf2\n"
        "  -h, --help            show this help\n",
        stream);
  return stream == stdout ? EXIT_SUCCESS : 2;
}

static int
render(const DemoFonts *fonts, const char *folder)
{
  char path[PATH_MAX] = "";
  DemoTrack *stems[DEMO_N_STEMS] = { NULL };
  bool done = true;
  for (int stem = 0; done && stem < DEMO_N_STEMS; stem++) {
    stems[stem] = demo_mix_stem((DemoStemId)stem, fonts);
    done = stems[stem] != NULL;
    if (!done)
      fprintf(stderr, "demo-song: cannot render %s: no memory, or a font is missing\n",
              demo_stem_names[stem]);
  }
  if (done && !(done = demo_master(stems)))
    fputs("demo-song: no memory\n", stderr);
  if (done && !(done = demo_write_song(stems, folder, path, sizeof path)))
    fprintf(stderr, "demo-song: cannot write %s\n", path);
  for (int stem = 0; stem < DEMO_N_STEMS; stem++)
    demo_track_free(stems[stem]);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
  static const struct option options[] = { { "fluid", required_argument, NULL, 'f' },
                                           { "musescore", required_argument, NULL, 'm' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
  DemoFonts fonts = { { [DEMO_FONT_FLUID] = FONT_FOLDER "FluidR3_GM.sf2",
                        [DEMO_FONT_MUSESCORE] = FONT_FOLDER "MuseScore_General_Full.sf2" } };
  for (int option; (option = getopt_long(argc, argv, "f:m:h", options, NULL)) != -1;) {
    if (option == 'f')
      fonts.font_paths[DEMO_FONT_FLUID] = optarg;
    else if (option == 'm')
      fonts.font_paths[DEMO_FONT_MUSESCORE] = optarg;
    else
      return usage(option == 'h' ? stdout : stderr);
  }
  if (optind + 1 != argc)
    return usage(stderr);
  return render(&fonts, argv[optind]);
}
