#include "core/base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/memory.h"

/* From here on a file is closed in a thread of its own. */
enum { BIG_BYTES = 32 << 20 };

struct SgScratch {
  int fd;
  uint64_t n_bytes;
  char folder[PATH_MAX];
};

static bool
is_usable_folder(const char *folder)
{
  struct statfs fs;
  return access(folder, W_OK | X_OK) == 0 && statfs(folder, &fs) == 0 && fs.f_type != TMPFS_MAGIC &&
         fs.f_type != RAMFS_MAGIC;
}

SgStatus
sg_scratch_default_folder(char *out_folder, size_t size, SgError *error)
{
  const char *cache = getenv("XDG_CACHE_HOME");
  const char *home = getenv("HOME");
  int length = -1;
  if (cache != NULL && cache[0] == '/')
    length = snprintf(out_folder, size, "%s", cache);
  else if (home != NULL && home[0] == '/')
    length = snprintf(out_folder, size, "%s/.cache", home);
  if (length > 0 && (size_t)length + sizeof "/stemglass" <= size) {
    mkdir(out_folder, 0700);
    strcat(out_folder, "/stemglass");
    mkdir(out_folder, 0700);
    if (is_usable_folder(out_folder))
      return SG_OK;
  }
  snprintf(out_folder, size, "/var/tmp");
  if (is_usable_folder(out_folder))
    return SG_OK;
  return sg_error_set(error, SG_NO_PERMISSION, out_folder, NULL);
}

/* Some file systems know no O_TMPFILE: there a name that is removed at once does. */
static int
open_nameless(const char *folder)
{
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd;
  char name[PATH_MAX + 32];
  snprintf(name, sizeof name, "%s/.scratch-XXXXXX", folder);
  fd = mkostemp(name, O_CLOEXEC);
  if (fd >= 0)
    unlink(name);
  return fd;
}

SgStatus
sg_scratch_new(const char *folder, uint64_t n_bytes, SgScratch **out_scratch, SgError *error)
{
  *out_scratch = NULL;
  SgScratch *scratch = SG_NEW(SgScratch, 1);
  if (scratch == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  scratch->fd = -1;
  SgStatus status = SG_OK;
  if (folder == NULL)
    status = sg_scratch_default_folder(scratch->folder, sizeof scratch->folder, error);
  else
    snprintf(scratch->folder, sizeof scratch->folder, "%s", folder);
  if (status != SG_OK)
    goto fail;
  scratch->fd = open_nameless(scratch->folder);
  if (scratch->fd < 0) {
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, scratch->folder);
    goto fail;
  }
  status = sg_scratch_grow(scratch, n_bytes, error);
  if (status != SG_OK)
    goto fail;
  *out_scratch = scratch;
  return SG_OK;
fail:
  sg_scratch_free(scratch);
  return status;
}

static void *
close_in_thread(void *fd)
{
  close((int)(intptr_t)fd);
  return NULL;
}

/* The kernel takes some tenths of a second to drop gigabytes; nobody should have to wait for that. */
static void
close_big(int fd)
{
  pthread_attr_t detached;
  pthread_t thread;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &detached, close_in_thread, (void *)(intptr_t)fd) != 0)
    close(fd);
  pthread_attr_destroy(&detached);
}

void
sg_scratch_free(SgScratch *scratch)
{
  if (scratch == NULL)
    return;
  if (scratch->fd >= 0 && scratch->n_bytes >= BIG_BYTES)
    close_big(scratch->fd);
  else if (scratch->fd >= 0)
    close(scratch->fd);
  sg_free(scratch);
}

static SgStatus
no_space(const SgScratch *scratch, uint64_t needed, SgError *error)
{
  struct statvfs fs;
  uint64_t free_bytes = fstatvfs(scratch->fd, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
  sg_error_set(error, SG_NO_SPACE, scratch->folder, NULL);
  if (error != NULL) {
    error->expected = needed > INT64_MAX ? INT64_MAX : (int64_t)needed;
    error->actual = free_bytes > INT64_MAX ? INT64_MAX : (int64_t)free_bytes;
  }
  return SG_NO_SPACE;
}

static bool
has_space(const SgScratch *scratch, uint64_t n_bytes)
{
  struct statvfs fs;
  return n_bytes <= INT64_MAX &&
         (fstatvfs(scratch->fd, &fs) != 0 || n_bytes <= (uint64_t)fs.f_bavail * fs.f_frsize);
}

SgStatus
sg_scratch_check_space(const char *folder, uint64_t n_bytes, SgError *error)
{
  SgScratch *scratch;
  SgStatus status = sg_scratch_new(folder, 0, &scratch, error);
  if (status != SG_OK)
    return status;
  if (!has_space(scratch, n_bytes))
    status = no_space(scratch, n_bytes, error);
  sg_scratch_free(scratch);
  return status;
}

SgStatus
sg_scratch_grow(SgScratch *scratch, uint64_t n_bytes, SgError *error)
{
  if (n_bytes <= scratch->n_bytes)
    return SG_OK;
  uint64_t more = n_bytes - scratch->n_bytes;
  if (n_bytes > INT64_MAX || !has_space(scratch, more))
    return no_space(scratch, more, error);
  int result;
  do
    result = posix_fallocate(scratch->fd, (off_t)scratch->n_bytes, (off_t)more);
  while (result == EINTR);
  if (result == ENOSPC || result == EDQUOT || result == EFBIG)
    return no_space(scratch, more, error);
  if (result != 0)
    return sg_error_set_errno(error, result, SG_WRITE_FAILED, scratch->folder);
  scratch->n_bytes = n_bytes;
  return SG_OK;
}

uint64_t
sg_scratch_size(const SgScratch *scratch)
{
  return scratch->n_bytes;
}

static SgStatus
transfer_failed(const SgScratch *scratch, SgStatus status, uint64_t offset, ssize_t result, SgError *error)
{
  if (result < 0)
    status = sg_error_set_errno(error, errno, status, scratch->folder);
  else
    sg_error_set(error, status, scratch->folder, NULL);
  if (error != NULL)
    error->position = (int64_t)offset;
  return status;
}

SgStatus
sg_scratch_write(SgScratch *scratch, uint64_t offset, const void *bytes, size_t n, SgError *error)
{
  const char *from = bytes;
  while (n > 0) {
    ssize_t done = pwrite(scratch->fd, from, n, (off_t)offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return transfer_failed(scratch, SG_WRITE_FAILED, offset, done, error);
    from += done;
    offset += (uint64_t)done;
    n -= (size_t)done;
  }
  return SG_OK;
}

SgStatus
sg_scratch_read(const SgScratch *scratch, uint64_t offset, void *out_bytes, size_t n, SgError *error)
{
  char *to = out_bytes;
  while (n > 0) {
    ssize_t done = pread(scratch->fd, to, n, (off_t)offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return transfer_failed(scratch, SG_READ_FAILED, offset, done, error);
    to += done;
    offset += (uint64_t)done;
    n -= (size_t)done;
  }
  return SG_OK;
}
