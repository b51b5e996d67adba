#include "core/base/team.h"

#include <string.h>

#include "core/base/memory.h"
#include "tests/support.h"

enum { MAX_THREADS = 5, N_ROUNDS = 200 };

typedef struct {
  SgTeam *team;
  int values[MAX_THREADS];
  int n_wrong[MAX_THREADS];
  int n_calls[MAX_THREADS];
} Shared;

/* Everybody writes its own place, meets the others and reads theirs. */
static void
meet(unsigned member, void *user)
{
  Shared *shared = user;
  unsigned n = sg_team_n_threads(shared->team);
  shared->n_calls[member]++;
  for (int round = 1; round <= N_ROUNDS; round++) {
    shared->values[member] = round;
    sg_team_barrier(shared->team);
    for (unsigned i = 0; i < n; i++)
      shared->n_wrong[member] += shared->values[i] != round;
    sg_team_barrier(shared->team);
  }
}

static void
test_meet(void)
{
  for (unsigned n = 1; n <= MAX_THREADS; n++) {
    Shared shared = { .team = sg_team_new(n) };
    g_assert_cmpuint(sg_team_n_threads(shared.team), ==, n);
    for (int job = 0; job < 3; job++)
      sg_team_run(shared.team, meet, &shared);
    for (unsigned i = 0; i < n; i++) {
      g_assert_cmpint(shared.n_calls[i], ==, 3);
      g_assert_cmpint(shared.n_wrong[i], ==, 0);
    }
    sg_team_free(shared.team);
  }
}

static void
count(unsigned member, void *user)
{
  Shared *shared = user;
  shared->n_calls[member]++;
}

/* Jobs that follow at once, and such that find the members asleep. */
static void
test_wakes(void)
{
  Shared shared = { .team = sg_team_new(2) };
  for (int i = 0; i < 1000; i++)
    sg_team_run(shared.team, count, &shared);
  for (int i = 0; i < 5; i++) {
    g_usleep(20000);
    sg_team_run(shared.team, count, &shared);
  }
  g_assert_cmpint(shared.n_calls[0], ==, 1005);
  g_assert_cmpint(shared.n_calls[1], ==, 1005);
  sg_team_free(shared.team);
  sg_team_free(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/team/meet", test_meet);
  g_test_add_func("/team/wakes", test_wakes);
  return g_test_run();
}
