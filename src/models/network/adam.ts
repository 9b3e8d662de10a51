import type { LearningStep } from './engine.ts';

/** Constants of Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015); epsilon as in Keras. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/** Adam's memory of one set of parameters, in double precision. */
export class Adam {
  private readonly moments: Float64Array;
  private readonly squares: Float64Array;
  private steps = 0;

  constructor(length: number) {
    this.moments = new Float64Array(length);
    this.squares = new Float64Array(length);
  }

  forget(): void {
    this.moments.fill(0);
    this.squares.fill(0);
    this.steps = 0;
  }

  /** Moves the parameters one step down the gradient, which is shortened to the norm first. */
  update(parameters: Float64Array, gradient: Float64Array, { rate, normMax }: LearningStep): void {
    const { moments, squares } = this;
    const { beta1, beta2, epsilon } = ADAM;
    const norm = normOf(gradient);
    // A gradient that is not finite must not reach the parameters.
    if (!Number.isFinite(norm)) return;
    const shorten = norm > normMax ? normMax / norm : 1;
    this.steps += 1;
    const correction1 = 1 - beta1 ** this.steps;
    const correction2 = 1 - beta2 ** this.steps;
    for (let i = 0; i < parameters.length; i++) {
      const g = (gradient[i] as number) * shorten;
      const m = beta1 * (moments[i] as number) + (1 - beta1) * g;
      const s = beta2 * (squares[i] as number) + (1 - beta2) * g * g;
      moments[i] = m;
      squares[i] = s;
      parameters[i] = (parameters[i] as number) - (rate * (m / correction1)) / (Math.sqrt(s / correction2) + epsilon);
    }
  }
}

function normOf(gradient: Float64Array): number {
  let sum = 0;
  for (const g of gradient) sum += g * g;
  return Math.sqrt(sum);
}
