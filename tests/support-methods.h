/* Methods for tests that give the stems themselves, made of the mixture by simple arithmetic. Chunks are 60
 * frames, so that songs of seconds have several. */
#pragma once

#include "core/separate/method.h"

/* Two stems as spectra that miss part of the mixture: "turned", 0.6·x turned by 1 radian, and "left", 0.2·x
 * in even bins and −0.1·x in odd ones. */
extern const SgMethodClass test_spectra_class;

/* Three stems as samples that sum to the mixture: "late", half of it one sample later, "rest", the mixture
 * without that, and "none", silence. Outside the song it gives 99. */
extern const SgMethodClass test_samples_class;
