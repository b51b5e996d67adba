#include "core/session/dataset-text.h"

#include <string.h>

#include "core/session/error.h"
#include "tests/core/train/songs.h"

/* Every fault has a sentence of its own, one that names its file, or else its track or song. */
static void
test_every_fault_has_a_sentence(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  songs_write(folder, "A song/drums.wav", "wav16", 8000, 1, 100, 1);
  SgDataset *dataset;
  test_assert_ok(sg_dataset_open(folder, NULL, NULL, NULL, &dataset, NULL));
  char *sentences[SG_N_FAULTS];
  for (int kind = 0; kind < SG_N_FAULTS; kind++) {
    gboolean has_path = kind != SG_FAULT_EMPTY && kind != SG_FAULT_MISSING_STEM &&
                        kind != SG_FAULT_OTHER_RATE && kind != SG_FAULT_IN_TRAIN_BY_NAME &&
                        kind != SG_FAULT_IN_TRAIN_BY_SOUND && kind != SG_FAULT_UNKNOWN_SONG;
    SgDatasetFault fault = { .kind = (SgFaultKind)kind,
                             .track = kind == SG_FAULT_UNKNOWN_SONG ? SIZE_MAX : 0,
                             .status = kind == SG_FAULT_UNREADABLE ? SG_TRUNCATED : SG_OK,
                             .expected = 4711,
                             .actual = 815,
                             .level_db = -12.3,
                             .path = has_path ? (char *)"/x/a file" : (char *)"",
                             .detail = kind == SG_FAULT_UNKNOWN_SONG ? (char *)"A song" : (char *)"bass" };
    sentences[kind] = sg_dataset_fault_dup_sentence(dataset, &fault);
    g_assert_true(g_str_has_suffix(sentences[kind], "."));
    if (strstr(sentences[kind], has_path ? "/x/a file" : "A song") == NULL)
      g_error("%s: %s", sg_fault_id((SgFaultKind)kind), sentences[kind]);
    for (int other = 0; other < kind; other++)
      g_assert_cmpstr(sentences[kind], !=, sentences[other]);
  }
  g_assert_nonnull(strstr(sentences[SG_FAULT_UNREADABLE], sg_status_text(SG_TRUNCATED)));
  g_assert_nonnull(strstr(sentences[SG_FAULT_UNREADABLE], "815"));
  g_assert_nonnull(strstr(sentences[SG_FAULT_LENGTHS_DIFFER], "4711"));
  g_assert_nonnull(strstr(sentences[SG_FAULT_MIXTURE_DIFFERS], "-12.3 dB"));
  g_assert_nonnull(strstr(sentences[SG_FAULT_MISSING_STEM], "Bass"));
  for (int kind = 0; kind < SG_N_FAULTS; kind++)
    g_free(sentences[kind]);
  sg_dataset_free(dataset);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dataset-text/every-fault-has-a-sentence", test_every_fault_has_a_sentence);
  return g_test_run();
}
