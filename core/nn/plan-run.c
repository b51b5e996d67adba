#include <time.h>

#include "core/nn/plan-private.h"
#include "core/nn/product.h"

uint32_t
sg_plan_node_seed(uint64_t seed, uint64_t step, size_t node)
{
  uint64_t z = seed + 0x9e3779b97f4a7c15u * (step + 1) + 0xd1342543de82ef95u * (node + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)(z >> 32);
}

void
sg_plan_set_step(SgPlan *plan, uint64_t seed, uint64_t step)
{
  for (size_t i = 0; i < plan->n_nodes; i++)
    plan->nodes[i].kernel.seed = sg_plan_node_seed(seed, step, i);
}

void
sg_plan_set_training(SgPlan *plan, bool training)
{
  plan->training = training && plan->options.training;
}

static double
seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Member 0 decides whether to stop; all learn it behind the barrier. */
static bool
meet(SgPlan *plan, unsigned member)
{
  if (member == 0 && plan->cancelled != NULL && atomic_load_explicit(plan->cancelled, memory_order_relaxed))
    atomic_store_explicit(&plan->stopped, true, memory_order_relaxed);
  sg_team_barrier(plan->team);
  return !atomic_load_explicit(&plan->stopped, memory_order_relaxed);
}

static SgPart
part_of(const SgPlan *plan, unsigned member)
{
  float *own = plan->scratch + (SG_PRODUCT_SPACE + plan->scratch_floats) * member;
  return (SgPart){ .index = member,
                   .n_threads = sg_team_n_threads(plan->team),
                   .packing = own,
                   .scratch = own + SG_PRODUCT_SPACE,
                   .team = plan->team };
}

static void
run_forward(unsigned member, void *user)
{
  SgPlan *plan = user;
  SgPart part = part_of(plan, member);
  for (size_t i = 0; i < plan->n_nodes; i++) {
    SgPlanNode *planned = &plan->nodes[i];
    const SgOp *op = planned->kernel.node->op;
    if (!planned->is_useful || (op->flags & (SG_OP_LEAF | SG_OP_VIEW)) != 0)
      continue;
    double start = member == 0 ? seconds() : 0.0;
    op->forward(&planned->kernel, &part);
    bool goes_on = meet(plan, member);
    if (member == 0)
      planned->forward_seconds = seconds() - start;
    if (!goes_on)
      return;
  }
}

static void
run_backward(unsigned member, void *user)
{
  SgPlan *plan = user;
  SgPart part = part_of(plan, member);
  for (size_t i = plan->n_nodes; i-- > 0;) {
    SgPlanNode *planned = &plan->nodes[i];
    const SgOp *op = planned->kernel.node->op;
    if (!planned->has_gradient || (op->flags & SG_OP_LEAF) != 0)
      continue;
    double start = member == 0 ? seconds() : 0.0;
    op->backward(&planned->kernel, &part);
    bool goes_on = meet(plan, member);
    if (member == 0)
      planned->backward_seconds = seconds() - start;
    if (!goes_on)
      return;
  }
}

static SgStatus
run(SgPlan *plan, void (*job)(unsigned member, void *user), const atomic_bool *cancelled)
{
  plan->cancelled = cancelled;
  atomic_store_explicit(&plan->stopped, false, memory_order_relaxed);
  sg_team_run(plan->team, job, plan);
  return atomic_load_explicit(&plan->stopped, memory_order_relaxed) ? SG_CANCELLED : SG_OK;
}

SgStatus
sg_plan_forward(SgPlan *plan, const atomic_bool *cancelled)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    plan->nodes[i].kernel.shared = plan->arena + plan->nodes[i].shared_forward.offset;
    plan->nodes[i].kernel.training = plan->training;
  }
  return run(plan, run_forward, cancelled);
}

SgStatus
sg_plan_backward(SgPlan *plan, const atomic_bool *cancelled)
{
  for (size_t i = 0; i < plan->n_nodes; i++)
    plan->nodes[i].kernel.shared = plan->arena + plan->nodes[i].shared_backward.offset;
  return run(plan, run_backward, cancelled);
}
