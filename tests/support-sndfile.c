#include <sndfile.h>

#include "tests/support.h"

static const struct {
  const char *name;
  int format;
} formats[] = {
  { "wav16", SF_FORMAT_WAV | SF_FORMAT_PCM_16 },   { "wav24", SF_FORMAT_WAV | SF_FORMAT_PCM_24 },
  { "wav32f", SF_FORMAT_WAV | SF_FORMAT_FLOAT },   { "wav64f", SF_FORMAT_WAV | SF_FORMAT_DOUBLE },
  { "rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16 },   { "flac16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16 },
  { "flac24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24 }, { "ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS },
  { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS },      { "mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III },
  { "aiff16", SF_FORMAT_AIFF | SF_FORMAT_PCM_16 }, { "caf16", SF_FORMAT_CAF | SF_FORMAT_PCM_16 },
  { "w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16 },     { "au16", SF_FORMAT_AU | SF_FORMAT_PCM_16 },
};

void
test_sound_write(const char *path, const char *format, guint rate_hz, guint n_channels,
                 const float *interleaved, gint64 n)
{
  SF_INFO info = { .samplerate = (int)rate_hz, .channels = (int)n_channels };
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    if (g_str_equal(formats[i].name, format))
      info.format = formats[i].format;
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  if (file == NULL)
    g_error("%s: %s", path, sf_strerror(NULL));
  sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  g_assert_cmpint(sf_writef_float(file, interleaved, n), ==, n);
  g_assert_cmpint(sf_close(file), ==, 0);
}
