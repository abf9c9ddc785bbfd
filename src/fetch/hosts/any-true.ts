// Core vocabulary: the first good news of several that are under way.

/** True as soon as one of them is, false once none is. Rejects as the first does that rejects before; later rejections are heard. */
export function anyTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const answer of answers) answer.then((isTrue) => isTrue && resolve(true), reject);
    Promise.all(answers).then((all) => resolve(all.includes(true)), reject);
  });
}
