#include "core/io/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

struct SgAtomicFile {
  int fd;
  bool overwrite;
  bool is_published;
  char path[PATH_MAX];
  char temporary[PATH_MAX]; /* "" while the file has no name */
};

static void
folder_of(const char *path, char *out_folder, size_t size)
{
  const char *slash = strrchr(path, '/');
  if (slash == NULL)
    snprintf(out_folder, size, ".");
  else
    snprintf(out_folder, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* The nearest folder above the file that exists; those between are made when the file gets its name. */
static void
existing_folder_of(const char *path, char *out_folder, size_t size)
{
  char below[PATH_MAX];
  folder_of(path, out_folder, size);
  while (access(out_folder, F_OK) != 0 && errno == ENOENT && strcmp(out_folder, ".") != 0) {
    snprintf(below, sizeof below, "%s", out_folder);
    folder_of(below, out_folder, size);
  }
}

/* A name near the file's own for the moment before a rename; short, because a name may have 255 bytes. */
static void
temporary_template(const SgAtomicFile *file, char *out, size_t size)
{
  char folder[PATH_MAX];
  existing_folder_of(file->path, folder, sizeof folder);
  snprintf(out, size, "%.*s/.stemglass-XXXXXX", (int)size - 32, folder);
}

static int
open_nameless(SgAtomicFile *file)
{
  char folder[PATH_MAX];
  existing_folder_of(file->path, folder, sizeof folder);
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd;
  temporary_template(file, file->temporary, sizeof file->temporary);
  fd = mkostemp(file->temporary, O_CLOEXEC);
  if (fd < 0)
    file->temporary[0] = '\0';
  return fd;
}

SgStatus
sg_atomic_file_new(const char *path, bool overwrite, SgAtomicFile **out_file, SgError *error)
{
  *out_file = NULL;
  if (strlen(path) >= PATH_MAX)
    return sg_error_set_errno(error, ENAMETOOLONG, SG_WRITE_FAILED, path);
  if (!overwrite && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
    return sg_error_set(error, SG_EXISTS, path, NULL);
  struct stat there;
  if (overwrite && lstat(path, &there) == 0 && S_ISDIR(there.st_mode))
    return sg_error_set(error, SG_EXISTS, path, "a folder");
  SgAtomicFile *file = SG_NEW(SgAtomicFile, 1);
  if (file == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  file->overwrite = overwrite;
  snprintf(file->path, sizeof file->path, "%s", path);
  file->fd = open_nameless(file);
  if (file->fd < 0) {
    SgStatus status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
    sg_atomic_file_free(file);
    return status;
  }
  *out_file = file;
  return SG_OK;
}

void
sg_atomic_file_free(SgAtomicFile *file)
{
  if (file == NULL)
    return;
  if (file->fd >= 0)
    close(file->fd);
  if (!file->is_published && file->temporary[0] != '\0')
    unlink(file->temporary);
  sg_free(file);
}

int
sg_atomic_file_fd(const SgAtomicFile *file)
{
  return file->fd;
}

const char *
sg_atomic_file_path(const SgAtomicFile *file)
{
  return file->path;
}

static int
link_nameless(int fd, const char *path)
{
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  return linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* linkat never replaces a file, which is what we want unless asked to; then the name comes by a rename. */
static int
publish(SgAtomicFile *file)
{
  if (file->temporary[0] == '\0') {
    if (!file->overwrite)
      return link_nameless(file->fd, file->path);
    temporary_template(file, file->temporary, sizeof file->temporary);
    int reserved = mkostemp(file->temporary, O_CLOEXEC);
    if (reserved < 0) {
      file->temporary[0] = '\0';
      return -1;
    }
    close(reserved);
    unlink(file->temporary);
    if (link_nameless(file->fd, file->temporary) != 0)
      return -1;
  }
  if (file->overwrite)
    return rename(file->temporary, file->path);
  return renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE);
}

size_t
sg_atomic_file_make_folders(const char *file_path)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", file_path);
  size_t n_kept = strlen(path);
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    bool is_made = mkdir(path, 0777) == 0;
    if (is_made && n_kept > (size_t)(slash - path))
      n_kept = (size_t)(slash - path) - 1;
    *slash = '/';
  }
  return n_kept;
}

void
sg_atomic_file_remove_folders(const char *file_path, size_t n_kept)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", file_path);
  char *slash;
  while ((slash = strrchr(path, '/')) != NULL && (size_t)(slash - path) > n_kept) {
    *slash = '\0';
    if (rmdir(path) != 0)
      return;
  }
}

SgStatus
sg_atomic_file_publish(SgAtomicFile *file, SgError *error)
{
  size_t n_kept = sg_atomic_file_make_folders(file->path);
  if (publish(file) != 0) {
    int reason = errno;
    sg_atomic_file_remove_folders(file->path, n_kept);
    return sg_error_set_errno(error, reason, SG_WRITE_FAILED, file->path);
  }
  file->is_published = true;
  return SG_OK;
}
