#include "core/corpus/child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

bool
sg_child_run(char *const arguments[])
{
  posix_spawn_file_actions_t actions;
  pid_t child = 0;
  int result = 0;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return false;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  bool started = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  while (started && waitpid(child, &result, 0) < 0)
    if (errno != EINTR)
      return false;
  return started && WIFEXITED(result) && WEXITSTATUS(result) == 0;
}
