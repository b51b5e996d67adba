/* Four stems without a trained network: the best of what needs no training, combined.
 *
 * Every cell of every channel is asked several questions (core/separate/classic-cues.h): is it part of a
 * vertical or a horizontal line, in windows of three lengths; is it louder than usual; how much of the frame
 * and of the band is hits. The answers c_i weigh the sources against each other by a log-linear rule, a
 * Wiener filter whose powers are products of powers: M_j = exp z_j / Σ_k exp z_k,  z_j = a_j(f) +
 * b_j·ln(10)/20 + Σ_i w_ij(f)·c_i. The constants a and w lie at a few frequencies with lines between them
 * (core/separate/classic-weights.h); data/methods tells how they were fitted. b_j is a knob.
 *
 * Sources: "drums", "bass", "other", "vocals". Knobs: for each of them how much more of what is in doubt it
 * gets, −12 … 12 dB, normally 0.
 */
#pragma once

#include "core/separate/method.h"

/* The grid on which the constants were fitted. */
enum { SG_CLASSIC_CHUNK_FRAMES = 128, SG_CLASSIC_CONTEXT_FRAMES = 256 };

extern const SgMethodClass sg_classic_class;
