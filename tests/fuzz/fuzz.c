#include "tests/fuzz/fuzz.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The linker gives calls of malloc to __wrap_malloc (--wrap) and keeps the true one as __real_malloc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_fsync(int fd);

static atomic_bool counts;
static atomic_size_t n_asked, failing_one;

/* No small input needs more at once; what asks for it is refused as by a small machine. */
static const size_t MAX_BYTES = 256 << 20;

static bool
fails(size_t size)
{
  return atomic_load(&counts) &&
         (atomic_fetch_add(&n_asked, 1) + 1 == atomic_load(&failing_one) || size > MAX_BYTES);
}

void *
__wrap_malloc(size_t size)
{
  return fails(size) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
  return fails(count > 0 && size > MAX_BYTES / count ? SIZE_MAX : count * size) ? NULL
                                                                                : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
  return fails(size) ? NULL : __real_realloc(memory, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
  return fails(size) ? NULL : __real_aligned_alloc(alignment, size);
}

/* Nobody has to wait for the disk here. */
int
__wrap_fsync(int fd)
{
  (void)fd;
  return 0;
}

size_t
fuzz_run(const uint8_t *bytes, size_t n, size_t failing)
{
  atomic_store(&n_asked, 0);
  atomic_store(&failing_one, failing);
  atomic_store(&counts, true);
  fuzz_target(bytes, n);
  atomic_store(&counts, false);
  return atomic_load(&n_asked);
}

int
fuzz_file(const uint8_t *bytes, size_t n, char *out_path)
{
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  fuzz_check(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "a file in memory");
  sprintf(out_path, "/proc/self/fd/%d", fd);
  return fd;
}

void
fuzz_check(bool truth, const char *what)
{
  if (truth)
    return;
  fprintf(stderr, "does not hold: %s\n", what);
  abort();
}

/* libFuzzer's entry. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  if (n > 0)
    fuzz_run(bytes, n - 1, bytes[n - 1]);
  return 0;
}
