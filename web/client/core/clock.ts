// How far the server's clock is before ours, from questions and answers: the quickest answer tells most.

export interface Clock {
  /** ms that the server's clock is before ours. */
  ahead: number;
  /** ms that the answer took: the error is half of that at most. */
  trip: number;
  heard: number;
}

const trusted = 120_000; // clocks drift, and phones sleep

/** compared takes one more answer: asked and heard on our clock, at on the server's. */
export function compared(before: Clock | undefined, asked: number, at: number, heard: number): Clock {
  const trip = heard - asked;
  if (before && trip > before.trip && heard - before.heard < trusted) return before;
  return { ahead: Math.round(at - (asked + trip / 2)), trip, heard };
}
