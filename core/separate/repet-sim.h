/* REPET-SIM: music repeats, the voice over it varies (Z. Rafii and B. Pardo, "Music/voice separation using
 * the similarity matrix", ISMIR 2012).
 *
 * With V = |X|, a frame's vector being its V of all channels one after the other, U the median of V over the
 * most similar frames (core/separate/repeating.h) and W = min(U, V):
 *   backing = (W + ε)/(V + ε),  vocals = 1 − backing, each channel by itself; below `lowest` all is backing.
 * The paper looks at the whole song; here every chunk of CHUNK_FRAMES looks at a window of up to 2·reach
 * around it, so that memory is bounded.
 *
 * Sources: "vocals", "backing". Knobs: "similar" frames 5 … 100 (100), "apart" 0.1 … 5 s (1), "threshold" 0 …
 * 0.99 (0), "reach" 5 … 60 s (25), "lowest" 0 … 500 Hz (100). A worker takes about 5 MB a second of reach in
 * stereo at 44.1 kHz.
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_repet_sim_class;
