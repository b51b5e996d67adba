#include "core/base/workers.h"

#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support.h"

enum { N_PIECES = 1000 };

typedef struct {
  atomic_uint next_piece;
  atomic_uint done[N_PIECES];
  atomic_uint started[64];
  atomic_bool may_end;
  atomic_int niceness;
} Pile;

static void
fetch_pieces(unsigned index, void *user)
{
  Pile *pile = user;
  atomic_fetch_add(&pile->started[index], 1);
  guint piece;
  while ((piece = atomic_fetch_add(&pile->next_piece, 1)) < N_PIECES)
    atomic_fetch_add(&pile->done[piece], 1);
}

static void
test_each_piece_once(void)
{
  const guint counts[] = { 1, 2, 5, 64 };
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
    Pile pile = { 0 };
    SgWorkers *workers = sg_workers_start(counts[i], fetch_pieces, &pile);
    g_assert_nonnull(workers);
    while (!sg_workers_wait(workers, 10.0))
      ;
    sg_workers_join(workers);
    for (int piece = 0; piece < N_PIECES; piece++)
      g_assert_cmpuint(pile.done[piece], ==, 1);
    for (guint index = 0; index < 64; index++)
      g_assert_cmpuint(pile.started[index], ==, index < counts[i] ? 1 : 0);
  }
  sg_workers_join(NULL);
}

static void
wait_for_leave(unsigned index, void *user)
{
  Pile *pile = user;
  atomic_store(&pile->niceness, getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)));
  while (!atomic_load(&pile->may_end))
    g_usleep(500);
}

/* wait gives up when its time is over and tells when all have ended; only the workers are made nice. */
static void
test_wait(void)
{
  Pile pile = { 0 };
  int own = getpriority(PRIO_PROCESS, 0);
  SgWorkers *workers = sg_workers_start(3, wait_for_leave, &pile);
  double started_s = test_seconds();
  g_assert_false(sg_workers_wait(workers, 0.05));
  double waited_s = test_seconds() - started_s;
  g_assert_cmpfloat(waited_s, >=, 0.045);
  g_assert_cmpfloat(waited_s, <, 5.0);
  g_assert_false(sg_workers_wait(workers, 0.0));
  atomic_store(&pile.may_end, true);
  g_assert_true(sg_workers_wait(workers, 60.0));
  g_assert_cmpfloat(test_seconds() - started_s, <, 50.0);
  sg_workers_join(workers);
  g_assert_cmpint(pile.niceness, ==, MAX(own, 10));
  g_assert_cmpint(getpriority(PRIO_PROCESS, 0), ==, own);
}

static void
test_default_count(void)
{
  g_assert_cmpuint(sg_workers_default_count(), >=, 1);
  g_assert_cmpuint(sg_workers_default_count(), <=, (guint)sysconf(_SC_NPROCESSORS_CONF));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/workers/each-piece-once", test_each_piece_once);
  g_test_add_func("/workers/wait", test_wait);
  g_test_add_func("/workers/default-count", test_default_count);
  return g_test_run();
}
