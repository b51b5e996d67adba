/* A trap for what an audio callback must not do. Include in one test program only: it replaces malloc and its
 * kin, the locks of pthreads and the calls that reach files for the whole program. A thread that has armed
 * the trap has each such call counted; it then happens as ever.
 *
 * Under a sanitizer, which replaces the same functions, the trap is left out and counts nothing. */
#pragma once

#include <stdbool.h>

/* The calls that the trap caught in this thread, and the last one's name. Volatile, because compilers know
 * what malloc and free do not touch. */
static __thread volatile bool trap_armed;
static __thread volatile int trap_n_caught;
static __thread const char *volatile trap_caught;
/* Lets locks and files pass: for code that may take those but must not allocate. */
static volatile bool trap_only_memory;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

enum { TRAP_WORKS = 0 };

#else

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

enum { TRAP_WORKS = 1 };

static void
trap(const char *name)
{
  if (!trap_armed)
    return;
  trap_n_caught++;
  trap_caught = name;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *
malloc(size_t size)
{
  trap("malloc");
  return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
  trap("calloc");
  return __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
  trap("realloc");
  return __libc_realloc(memory, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
  trap("aligned_alloc");
  return __libc_memalign(alignment, size);
}

int
posix_memalign(void **out_memory, size_t alignment, size_t size)
{
  trap("posix_memalign");
  *out_memory = __libc_memalign(alignment, size);
  return *out_memory != NULL ? 0 : 12;
}

void
free(void *memory)
{
  trap("free");
  __libc_free(memory);
}

/* The function that would have been called without the trap. */
#define TRAP_NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define TRAP_CALL(result, name, parameters, arguments)                                                       \
  result name parameters                                                                                     \
  {                                                                                                          \
    static __typeof__(&name) next;                                                                           \
    if (next == NULL)                                                                                        \
      next = TRAP_NEXT(name);                                                                                \
    if (!trap_only_memory)                                                                                   \
      trap(#name);                                                                                           \
    return next arguments;                                                                                   \
  }

TRAP_CALL(int, pthread_mutex_lock, (pthread_mutex_t * lock), (lock))
TRAP_CALL(int, pthread_mutex_trylock, (pthread_mutex_t * lock), (lock))
TRAP_CALL(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
TRAP_CALL(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
TRAP_CALL(int, pthread_cond_signal, (pthread_cond_t * condition), (condition))
TRAP_CALL(int, pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
TRAP_CALL(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *lock), (condition, lock))
TRAP_CALL(ssize_t, read, (int file, void *bytes, size_t n), (file, bytes, n))
TRAP_CALL(ssize_t, write, (int file, const void *bytes, size_t n), (file, bytes, n))
TRAP_CALL(ssize_t, pread, (int file, void *bytes, size_t n, off_t at), (file, bytes, n, at))
TRAP_CALL(ssize_t, pwrite, (int file, const void *bytes, size_t n, off_t at), (file, bytes, n, at))
TRAP_CALL(int, open, (const char *path, int flags, ...), (path, flags, 0600))
TRAP_CALL(int, close, (int file), (file))
TRAP_CALL(int, poll, (struct pollfd * files, nfds_t n, int ms), (files, n, ms))
TRAP_CALL(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
TRAP_CALL(int, sched_yield, (void), ())

#endif
