/* What tests take that play into a sound server: a JACK server of their own, whose dummy driver keeps to the
 * clock, and a client that records what arrives there.
 *
 * The server waits for its clients at every block, so a busy machine makes it late but it leaves nothing out.
 * All tests give it one name and wait for each other, as JACK knows only eight names at a time, and never
 * forgets that of a server that was killed. */
#pragma once

#include <glib.h>

enum { TEST_JACK_RATE = 48000, TEST_JACK_BLOCK = 256 };

/* FALSE, and the test skipped, where jackd is not installed; a server that does not come up fails the test.
 * Ends with this process. */
gboolean test_jack_start(void);
/* As a crash would. */
void test_jack_kill(void);
/* In order; also after a kill, when it gives free the name and the memory that JACK keeps of the dead. */
void test_jack_stop(void);

typedef struct TestRecorder TestRecorder;

/* Records what the client "Stemglass" plays, which must have its ports. */
TestRecorder *test_recorder_new(void);
void test_recorder_free(TestRecorder *recorder);
/* Forgets what it has and begins anew; up to TEST_RECORDER_SECONDS. */
enum { TEST_RECORDER_SECONDS = 10 };
void test_recorder_begin(TestRecorder *recorder);
gint64 test_recorder_n_frames(const TestRecorder *recorder);
/* Interleaved stereo, the recorder's own; what has been recorded does not change. */
const float *test_recorder_stereo(const TestRecorder *recorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestRecorder, test_recorder_free)
