/* Linked into a test's stemglass-cli: the disk fails. SG_TEST_FAULT is CALL:AFTER:ERROR. CALL is
 * write-scratch or write-stem (write and pwrite to such a file), of which the first AFTER bytes still
 * succeed, or posix_fallocate, fsync, linkat or open (of nameless files), of which the first AFTER calls
 * succeed. From there on the call fails with the error number. Calls come here by the linker's --wrap, so the
 * program itself has no part in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t n, off_t offset);
int __real_posix_fallocate64(int fd, off_t offset, off_t n);
int __real_fsync(int fd);
int __real_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);
int __real_open64(const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t n, off_t offset);
int __wrap_posix_fallocate64(int fd, off_t offset, off_t n);
int __wrap_fsync(int fd);
int __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);
int __wrap_open64(const char *path, int flags, ...);

static _Atomic long long n_done;

/* How much of `n` succeeds when the fault is in `call`; less than n: then it fails with *out_error. */
static long long
allowed(const char *call, long long n, int *out_error)
{
  const char *fault = getenv("SG_TEST_FAULT");
  char name[32];
  long long after;
  if (fault == NULL || sscanf(fault, "%31[^:]:%lld:%d", name, &after, out_error) != 3 ||
      strcmp(name, call) != 0)
    return n;
  long long left = after - atomic_fetch_add(&n_done, n);
  return left < 0 ? 0 : left < n ? left : n;
}

/* Which kind of file: scratch lies in a folder of its own, and a file without a name still tells its folder.
 */
static const char *
write_call(int fd)
{
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  path[n > 0 ? n : 0] = '\0';
  return strstr(path, "/cache/stemglass/") != NULL ? "write-scratch" : "write-stem";
}

/* A disk that fills up takes what still fits and refuses the next call. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
  int error;
  long long fits = allowed(write_call(fd), (long long)n, &error);
  if (fits > 0 || n == 0)
    return __real_write(fd, bytes, (size_t)fits);
  errno = error;
  return -1;
}

ssize_t
__wrap_pwrite64(int fd, const void *bytes, size_t n, off_t offset)
{
  int error;
  long long fits = allowed(write_call(fd), (long long)n, &error);
  if (fits > 0 || n == 0)
    return __real_pwrite64(fd, bytes, (size_t)fits, offset);
  errno = error;
  return -1;
}

int
__wrap_posix_fallocate64(int fd, off_t offset, off_t n)
{
  int error;
  return allowed("posix_fallocate", 1, &error) == 1 ? __real_posix_fallocate64(fd, offset, n) : error;
}

int
__wrap_fsync(int fd)
{
  int error;
  if (allowed("fsync", 1, &error) == 1)
    return __real_fsync(fd);
  errno = error;
  return -1;
}

int
__wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
  int error;
  if (allowed("linkat", 1, &error) == 1)
    return __real_linkat(from_folder, from, to_folder, to, flags);
  errno = error;
  return -1;
}

/* Only nameless files: what a file system says that knows none. */
int
__wrap_open64(const char *path, int flags, ...)
{
  int error;
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if ((flags & O_TMPFILE) != O_TMPFILE || allowed("open", 1, &error) == 1)
    return __real_open64(path, flags, mode);
  errno = error;
  return -1;
}
