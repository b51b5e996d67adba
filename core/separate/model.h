/* A trained network as a method, from a model file (core/nn/model-file.h).
 *
 * The network sees spectra taken at the song's own rate, with the window nearest in seconds to the one it was
 * trained with (of the lengths that core/dsp/stft allows), a quarter of it as hop: bins and frames then mean
 * the same frequencies and times at every rate. Its masks are read between its bins and frames where they do
 * not fall on the engine's; above the frequencies that it knows they are zero.
 *
 * Channels: a network of one channel sees each channel of the song by itself; one of two sees the channels in
 * pairs, an odd one twice. Sources: those of the file; when it is a single one, "rest" is added and gets what
 * is left of the mixture.
 *
 * Time: patches of CHUNK_FRAMES frames and context, of which the middle is kept, on the chunk grid; frames
 * outside the song are zero, as they were in training. No more context than the file says that the network
 * can see (reach_frames).
 *
 * Knob "quality": "fast" has half of the normal context, and the network alone where the file asks for a share
 * of "classic"; for "best" the network looks four times, at frames that lie a quarter of a hop apart, and its
 * masks are averaged.
 *
 * A network on waveforms runs over the samples instead (core/separate/model-wave.h) and gives stems; it takes
 * songs of its own rate only (else SG_BAD_FORMAT).
 *
 * SgMethodSetup.model_path names the file. Errors of create: SG_BAD_ARGUMENT (no path), SG_BAD_MODEL,
 * SG_BAD_GRAPH, those of core/nn/safetensors.h. Threads: as core/separate/method.h says.
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_model_class;
