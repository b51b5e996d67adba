#include <fcntl.h>
#include <pa_jack.h>
#include <portaudio.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/play/output-private.h"
#include "core/play/playhead.h"

enum { BLOCK_FRAMES = 256, LEAST_BLOCK_FRAMES = 32, MOST_BLOCK_FRAMES = 8192 };

/* The shortest latency asked for: two blocks and some, so that a loaded machine keeps up. */
#define LEAST_LATENCY_S 0.015

/* Seconds without a callback after which a device counts as gone. */
#define STALL_S 2.0

/* What a stream's callback sees. It outlives the output when the stream has to be left behind. */
typedef struct {
  _Atomic(SgOutput *) output; /* NULL: left behind */
  atomic_bool busy;
  _Atomic uint64_t n_calls;
} Link;

typedef struct {
  SgOutput output;
  bool initialised;
  PaStream *stream;
  Link *link;
  char wanted[SG_OUTPUT_NAME_SIZE]; /* "": the standard device */
  uint32_t block_frames;
  bool is_jack;
  bool active; /* Pa_StartStream has been called, Pa_StopStream not */
  bool lost, stalled;
  uint64_t n_calls; /* at the last check */
  double checked_at_s, stall_s;
} DeviceOutput;

/* PortAudio belongs to the process and has no locks of its own around the calls below. */
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the library's lock: a stream has been left behind, after which PortAudio finds no new JACK server. */
static bool lost_jack;

/* Under the library's lock. ALSA, JACK and PortAudio write to stderr what the caller is told by a status
 * anyway; stderr goes nowhere meanwhile. Returns what unmute takes, −1 when it cannot be done. */
static int
mute_stderr(void)
{
  int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved >= 0 && nowhere >= 0)
    dup2(nowhere, STDERR_FILENO);
  if (nowhere >= 0)
    close(nowhere);
  return saved;
}

static void
unmute_stderr(int saved)
{
  if (saved < 0)
    return;
  dup2(saved, STDERR_FILENO);
  close(saved);
}

static int
call_back(const void *input, void *out_stereo, unsigned long n, const PaStreamCallbackTimeInfo *time,
          PaStreamCallbackFlags flags, void *user)
{
  Link *link = user;
  atomic_store(&link->busy, true);
  SgOutput *output = atomic_load(&link->output);
  if (output != NULL)
    output->callback(out_stereo, n, output->user);
  else
    memset(out_stereo, 0, 2 * n * sizeof(float));
  atomic_fetch_add(&link->n_calls, 1);
  atomic_store(&link->busy, false);
  return paContinue;
}

/* "HOST: NAME", cut where it is too long. */
static void
fill_name(PaDeviceIndex index, char out_name[SG_OUTPUT_NAME_SIZE])
{
  const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
  const PaHostApiInfo *host = info != NULL ? Pa_GetHostApiInfo(info->hostApi) : NULL;
  if (host != NULL)
    snprintf(out_name, SG_OUTPUT_NAME_SIZE, "%s: %s", host->name, info->name);
  else
    out_name[0] = '\0';
}

/* The device of this name, or paNoDevice. */
static PaDeviceIndex
find_device(const char *name)
{
  char found[SG_OUTPUT_NAME_SIZE];
  for (PaDeviceIndex index = 0; index < Pa_GetDeviceCount(); index++) {
    fill_name(index, found);
    if (strcmp(found, name) == 0)
      return index;
  }
  return paNoDevice;
}

static PaError
open_device(DeviceOutput *device, PaDeviceIndex index, double rate_hz)
{
  const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
  if (info == NULL || info->maxOutputChannels < 2)
    return paInvalidChannelCount;
  double latency_s = info->defaultLowOutputLatency, two_blocks_s = 2.0 * device->block_frames / rate_hz;
  if (latency_s < two_blocks_s)
    latency_s = two_blocks_s;
  PaStreamParameters parameters = { .device = index,
                                    .channelCount = 2,
                                    .sampleFormat = paFloat32,
                                    .suggestedLatency =
                                        latency_s > LEAST_LATENCY_S ? latency_s : LEAST_LATENCY_S };
  const PaHostApiInfo *host = Pa_GetHostApiInfo(info->hostApi);
  device->is_jack = host != NULL && host->type == paJACK;
  fill_name(index, device->output.name);
  return Pa_OpenStream(&device->stream, NULL, &parameters, rate_hz, device->block_frames, paNoFlag, call_back,
                       device->link);
}

/* At the wanted rate, else at the device's own. */
static PaError
open_device_at_some_rate(DeviceOutput *device, PaDeviceIndex index, uint32_t wanted_rate_hz)
{
  const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
  PaError code = open_device(device, index, wanted_rate_hz);
  if (code != paNoError && info != NULL && info->defaultSampleRate != wanted_rate_hz)
    code = open_device(device, index, info->defaultSampleRate);
  return code;
}

/* The device that is wanted, the standard output device, else the first that opens of each host's standard
 * ones. */
static PaError
open_some_device(DeviceOutput *device, uint32_t wanted_rate_hz)
{
  PaDeviceIndex standard = Pa_GetDefaultOutputDevice();
  PaDeviceIndex wanted = device->wanted[0] != '\0' ? find_device(device->wanted) : paNoDevice;
  PaError code = paDeviceUnavailable;
  if (wanted != paNoDevice)
    code = open_device_at_some_rate(device, wanted, wanted_rate_hz);
  if (code != paNoError && standard != paNoDevice)
    code = open_device_at_some_rate(device, standard, wanted_rate_hz);
  for (PaHostApiIndex host = 0; code != paNoError && host < Pa_GetHostApiCount(); host++) {
    PaDeviceIndex index = Pa_GetHostApiInfo(host)->defaultOutputDevice;
    if (index == paNoDevice || index == standard)
      continue;
    PaError other = open_device_at_some_rate(device, index, wanted_rate_hz);
    if (other == paNoError)
      code = paNoError;
  }
  return code;
}

/* Under the library's lock. */
static PaError
initialise_and_open(DeviceOutput *device, uint32_t wanted_rate_hz, const char **out_reason)
{
  PaError code = Pa_Initialize();
  if (code == paNoError) {
    device->initialised = true;
    code = open_some_device(device, wanted_rate_hz);
    *out_reason = code == paDeviceUnavailable && Pa_GetDefaultOutputDevice() == paNoDevice
                      ? "no sound device was found"
                      : Pa_GetErrorText(code);
  } else
    *out_reason = Pa_GetErrorText(code);
  return code;
}

/* From here on the callback gives silence and does not touch the output. */
static void
cut_link(Link *link)
{
  atomic_store(&link->output, NULL);
  while (atomic_load(&link->busy))
    sched_yield();
}

/* Forgets the stream without closing it: PortAudio waits ten minutes for a JACK server that has died, and for
 * ever for a driver that hangs. The library then stays initialised: what it has opened goes on, and other
 * devices can be opened. */
static void
leave_behind(DeviceOutput *device)
{
  cut_link(device->link);
  device->link = NULL;
  device->stream = NULL;
  device->initialised = false;
  pthread_mutex_lock(&library_lock);
  lost_jack = lost_jack || device->is_jack;
  pthread_mutex_unlock(&library_lock);
}

static void
device_close(SgOutput *output)
{
  DeviceOutput *device = (DeviceOutput *)output;
  if (device->active && Pa_IsStreamActive(device->stream) != 1)
    device->lost = true;
  if (device->stalled || (device->lost && device->is_jack)) {
    leave_behind(device);
    return;
  }
  pthread_mutex_lock(&library_lock);
  int saved = mute_stderr();
  if (device->stream != NULL)
    Pa_CloseStream(device->stream);
  device->stream = NULL;
  /* Only the last one out ends the library; the next initialisation then finds the devices of that time. */
  if (device->initialised)
    Pa_Terminate();
  device->initialised = false;
  unmute_stderr(saved);
  pthread_mutex_unlock(&library_lock);
  sg_free(device->link);
  device->link = NULL;
}

static SgStatus
device_open(SgOutput *output, uint32_t wanted_rate_hz, SgError *error)
{
  DeviceOutput *device = (DeviceOutput *)output;
  const char *reason = "";
  device->lost = device->stalled = device->active = false;
  device->link = SG_NEW(Link, 1);
  if (device->link == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  pthread_mutex_lock(&library_lock);
  int saved = mute_stderr();
  PaError code = initialise_and_open(device, wanted_rate_hz, &reason);
  unmute_stderr(saved);
  pthread_mutex_unlock(&library_lock);
  const PaStreamInfo *info = code == paNoError ? Pa_GetStreamInfo(device->stream) : NULL;
  if (info == NULL) {
    device_close(output);
    return sg_error_set(error, SG_NO_DEVICE, NULL, reason);
  }
  output->rate_hz = (uint32_t)(info->sampleRate + 0.5);
  output->latency_s = info->outputLatency;
  return SG_OK;
}

/* To start or stop a stream PortAudio waits for the JACK server, which may have died unseen: with JACK the
 * stream goes on once it is started, and gives silence. */
static SgStatus
device_start(SgOutput *output, SgError *error)
{
  DeviceOutput *device = (DeviceOutput *)output;
  atomic_store(&device->link->output, output);
  PaError code = device->active ? paNoError : Pa_StartStream(device->stream);
  if (code != paNoError)
    return sg_error_set(error, SG_NO_DEVICE, NULL, Pa_GetErrorText(code));
  device->active = true;
  device->checked_at_s = sg_playhead_clock_s();
  device->stall_s = 0.0;
  return SG_OK;
}

static void
device_stop(SgOutput *output)
{
  DeviceOutput *device = (DeviceOutput *)output;
  if (!device->is_jack && !device->stalled) {
    Pa_StopStream(device->stream);
    device->active = false;
  }
  cut_link(device->link);
}

/* Counts the time without a callback in small steps, so that a process that was stopped does not find its
 * device gone. */
static bool
is_stalled(DeviceOutput *device)
{
  double now_s = sg_playhead_clock_s(), passed_s = now_s - device->checked_at_s;
  uint64_t n_calls = atomic_load(&device->link->n_calls);
  device->stall_s = n_calls == device->n_calls ? device->stall_s + (passed_s < 0.1 ? passed_s : 0.1) : 0.0;
  device->n_calls = n_calls;
  device->checked_at_s = now_s;
  return device->stall_s > STALL_S;
}

static SgStatus
device_check(SgOutput *output, SgError *error)
{
  DeviceOutput *device = (DeviceOutput *)output;
  device->stalled = is_stalled(device);
  device->lost = device->stalled || Pa_IsStreamActive(device->stream) != 1;
  return device->lost ? sg_error_set(error, SG_NO_DEVICE, NULL, "the device has gone") : SG_OK;
}

static void
device_free(SgOutput *output)
{
  sg_free(output);
}

static void
set_up_library(void)
{
  /* Looking for devices must not start a sound server. */
  setenv("JACK_NO_START_SERVER", "1", 0);
  PaJack_SetClientName("Stemglass");
}

SgStatus
sg_output_portaudio_list(SgOutputDevice *out_devices, size_t n, size_t *out_n, SgError *error)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  *out_n = 0;
  pthread_once(&once, set_up_library);
  pthread_mutex_lock(&library_lock);
  int saved = mute_stderr();
  PaError code = Pa_Initialize();
  if (code == paNoError) {
    PaDeviceIndex standard = Pa_GetDefaultOutputDevice();
    for (PaDeviceIndex index = 0; index < Pa_GetDeviceCount() && *out_n < n; index++) {
      const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
      if (info == NULL || info->maxOutputChannels < 2)
        continue;
      SgOutputDevice *device = &out_devices[(*out_n)++];
      fill_name(index, device->name);
      device->is_standard = index == standard;
      device->rate_hz = (uint32_t)(info->defaultSampleRate + 0.5);
    }
    Pa_Terminate();
  }
  unmute_stderr(saved);
  pthread_mutex_unlock(&library_lock);
  return code == paNoError ? SG_OK : sg_error_set(error, SG_NO_DEVICE, NULL, Pa_GetErrorText(code));
}

SgOutput *
sg_output_portaudio_new(void)
{
  return sg_output_portaudio_new_for(NULL, 0);
}

SgOutput *
sg_output_portaudio_new_for(const char *name, uint32_t block_frames)
{
  static const SgOutputClass class = { .open = device_open,
                                       .close = device_close,
                                       .start = device_start,
                                       .stop = device_stop,
                                       .check = device_check,
                                       .free = device_free };
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  DeviceOutput *device = SG_NEW(DeviceOutput, 1);
  if (device == NULL)
    return NULL;
  pthread_once(&once, set_up_library);
  device->output.class = &class;
  if (name != NULL)
    snprintf(device->wanted, sizeof device->wanted, "%s", name);
  device->block_frames = block_frames == 0                   ? BLOCK_FRAMES
                         : block_frames < LEAST_BLOCK_FRAMES ? LEAST_BLOCK_FRAMES
                         : block_frames > MOST_BLOCK_FRAMES  ? MOST_BLOCK_FRAMES
                                                             : block_frames;
  return &device->output;
}
