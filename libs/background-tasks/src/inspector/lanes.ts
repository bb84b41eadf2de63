interface Span {
  readonly from: number;
  readonly to: number;
}

/** Tracks on which what overlaps nests: one lies within the other, or they have nothing in common. */
export class Lanes {
  readonly #lanes: Span[][] = [];

  get count(): number {
    return this.#lanes.length;
  }

  /** The first one on which it nests, or a new one. */
  laneFor(from: number, to: number): number {
    const span = { from, to };
    const found = this.#lanes.findIndex((lane) => lane.every((other) => nest(span, other)));
    const lane = found === -1 ? this.#lanes.push([]) - 1 : found;
    this.#lanes[lane]?.push(span);
    return lane;
  }
}

function nest(one: Span, other: Span): boolean {
  return isWithin(one, other) || isWithin(other, one) || one.to <= other.from || other.to <= one.from;
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}
