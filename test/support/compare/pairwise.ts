// Plans few runs in which every two levels of two settings meet.

/** Settings by name, each with its levels. */
export type Factors = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/** One level of every factor. */
export type Run<F extends Factors> = { readonly [Name in keyof F]: F[Name][number] };

interface Place {
  readonly factor: number;
  readonly level: number;
}

/**
 * Plans runs in which each level of each factor meets each level of every other factor. Greedily, the next run is the one
 * with the most new pairs, as in AETG (Cohen, Dalal, Fredman, Patton 1997) but without randomness: the same factors give
 * the same plan. A single factor gives one run for each of its levels. Throws if a factor has no level.
 */
export function pairwisePlan<const F extends Factors>(factors: F): Run<F>[] {
  const names = Object.keys(factors);
  const counts = names.map((name) => factors[name]?.length ?? 0);
  if (counts.length === 0 || counts.includes(0)) throw new Error("every factor needs a level");
  const missing = allPairs(counts);
  const plan: number[][] = [];
  while (missing.size > 0) {
    const [best] = [...missing.values()]
      .map((seed) => complete(seed, counts, missing))
      .sort((left, right) => right.gain - left.gain || (left.levels.join() < right.levels.join() ? -1 : 1));
    if (!best) break;
    for (const pair of pairsOf(best.levels)) missing.delete(pairName(pair));
    plan.push(best.levels);
  }
  const runs = plan.map((levels) => Object.fromEntries(names.map((name, factor) => [name, factors[name]?.[levels[factor] ?? 0]])));
  return runs as Run<F>[];
}

/** Completes two levels to a run: each other factor takes the level that adds the most new pairs. */
function complete(seed: readonly Place[], counts: readonly number[], missing: ReadonlyMap<string, readonly Place[]>) {
  const fixed = [...seed];
  for (const [factor, count] of counts.entries()) {
    if (fixed.some((place) => place.factor === factor)) continue;
    const gains = Array.from({ length: count }, (_, level) => gainOf({ factor, level }, fixed, missing));
    fixed.push({ factor, level: gains.indexOf(Math.max(...gains)) });
  }
  const levels = fixed.sort((left, right) => left.factor - right.factor).map(({ level }) => level);
  return { levels, gain: pairsOf(levels).filter((pair) => missing.has(pairName(pair))).length };
}

function gainOf(place: Place, fixed: readonly Place[], missing: ReadonlyMap<string, readonly Place[]>): number {
  return fixed.filter((other) => missing.has(pairName([other, place]))).length;
}

function allPairs(counts: readonly number[]): Map<string, readonly Place[]> {
  const places = counts.map((count, factor) => Array.from({ length: count }, (_, level) => ({ factor, level })));
  // With a single factor there are no pairs, so each level stands alone.
  if (counts.length === 1) return new Map((places[0] ?? []).map((place) => [pairName([place]), [place]]));
  const pairs = places.flatMap((left, index) =>
    left.flatMap((one) => places.slice(index + 1).flatMap((right) => right.map((other) => [one, other]))),
  );
  return new Map(pairs.map((pair) => [pairName(pair), pair]));
}

function pairsOf(levels: readonly number[]): Place[][] {
  const places = levels.map((level, factor) => ({ factor, level }));
  if (places.length === 1) return [places];
  return places.flatMap((one, index) => places.slice(index + 1).map((other) => [one, other]));
}

function pairName(places: readonly Place[]): string {
  return [...places]
    .sort((left, right) => left.factor - right.factor)
    .map(({ factor, level }) => `${factor}=${level}`)
    .join(" ");
}
