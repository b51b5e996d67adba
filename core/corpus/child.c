#include "core/corpus/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Waits for the child, looking at *stop (if any) ten times a second; the way it ended, −1 when that is not
 * known.
 */
static int
wait_for(pid_t child, const atomic_bool *stop)
{
  const struct timespec moment = { 0, 100000000 };
  int result = 0;
  bool is_told = false;
  for (;;) {
    pid_t ended = waitpid(child, &result, stop != NULL ? WNOHANG : 0);
    if (ended == child)
      return result;
    if (ended < 0 && errno != EINTR)
      return -1;
    if (ended == 0 && !is_told && atomic_load(stop))
      is_told = kill(child, SIGKILL) == 0;
    if (ended == 0)
      nanosleep(&moment, NULL);
  }
}

bool
sg_child_run(char *const arguments[])
{
  return sg_child_run_until(arguments, NULL);
}

bool
sg_child_run_until(char *const arguments[], const atomic_bool *stop)
{
  posix_spawn_file_actions_t actions;
  pid_t child = 0;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return false;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  bool started = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int result = started ? wait_for(child, stop) : -1;
  return result != -1 && WIFEXITED(result) && WEXITSTATUS(result) == 0;
}
