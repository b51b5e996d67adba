/* Sums over flat float buffers, in double, in a fixed order: equal buffers give equal bytes. Threads: no
 * shared state. Audio callback: never. */
#pragma once

#include <stddef.h>

/* Σ a·b, Σ |a|, √Σ a². */
double sg_dot(const float *a, const float *b, size_t n);
double sg_norm_l1(const float *a, size_t n);
double sg_norm_l2(const float *a, size_t n);

/* Scales the gradient down to a Euclidean norm of `max_norm` when it is larger (by max_norm/(norm + 10⁻⁶), as
 * PyTorch's clip_grad_norm_) and returns the norm that it had. A norm that is not finite leaves the gradient
 * as it is: the caller should then skip the step. */
double sg_clip_gradient(float *gradient, size_t n, double max_norm);
