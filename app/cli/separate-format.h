/* The options of "separate" that say what files the stems become. */
#pragma once

#include <glib.h>

#include "core/render/export.h"

/* As they were given; strings are owned. */
typedef struct {
  char *format, *bits;
  int rate_hz;
  double quality;
  gboolean convert, common_gain, no_dither;
} SeparateFormatOptions;

void separate_format_options_clear(SeparateFormatOptions *options);

/* Sets container, bits, rate, quality, dither and gain. Says what is wrong and returns FALSE when the options
 * cannot be followed. */
gboolean separate_format_choose(const SeparateFormatOptions *options, SgExportOptions *out_export);

/* Whether songs of this rate and channel count fit into the format, for which `export` is changed where
 * `convert` allows it; else SG_BAD_FORMAT with what the format takes and which option helps. */
SgStatus separate_format_fit(const char *path, uint32_t rate_hz, uint32_t n_channels, gboolean convert,
                             SgExportOptions *export, SgError *error);

/* Tells what the files lost: samples over full scale, a gain, dither that was switched off. */
void separate_format_warn(const SgMethodPlan *plan, const SgExportOptions *export,
                          const SgExportReport *report);
