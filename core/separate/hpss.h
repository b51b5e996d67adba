/* HPSS: harmonic–percussive separation by median filtering (D. FitzGerald, "Harmonic/percussive separation
 * using median filtering", DAFx 2010, eqs. 1–7).
 *
 * A drum hit is a vertical line of the spectrogram, a held note a horizontal one. With V = |X|,
 *   H(t,k) = median of V over `window` frames around t   (erases vertical lines)
 *   P(t,k) = median of V over `window` bins around k     (erases horizontal lines)
 * and Wiener masks  drums = P²/(H² + P²),  rest = H²/(H² + P²), each channel by itself.
 *
 * Sources: "drums", "rest". Knob "window": frames and bins of both medians, odd, 5 … 127, 31 as a standard.
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_hpss_class;
