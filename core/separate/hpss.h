/* HPSS: harmonic–percussive separation by median filtering (D. FitzGerald, "Harmonic/percussive separation
 * using median filtering", DAFx 2010, eqs. 1–7).
 *
 * A drum hit is a vertical line of the spectrogram, a held note a horizontal one. With V = |X|,
 *   H(t,k) = median of V over `time-window` frames around t     (erases vertical lines)
 *   P(t,k) = median of V over `frequency-window` bins around k  (erases horizontal lines)
 * and soft (Wiener) masks  drums = P²/(P² + (βH)²),  rest = H²/(H² + (βP)²), each channel by itself. A margin β > 1
 * (J. Driedger, M. Müller and S. Disch, "Extending harmonic–percussive separation of audio signals", ISMIR
 * 2014) keeps in both only what is clear and leaves a residual = 1 − drums − rest.
 *
 * Binary masks: drums where P > βH, rest where H > βP (where P ≤ H without a margin).
 *
 * Sources: "drums", "rest", and with a margin over 1 "residual".
 * Knobs: "time-window" frames and "frequency-window" bins, odd, 5 … 127, normally 31; "margin" β 1 … 8,
 * normally 1; "mask": "soft" or "binary".
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_hpss_class;
