// The first true of several answers that are under way.

/** True as soon as one answer is true, false once none is. Rejects if an answer rejects before that; later rejections are handled. */
export function anyTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const answer of answers) answer.then((isTrue) => isTrue && resolve(true), reject);
    Promise.all(answers).then((all) => resolve(all.includes(true)), reject);
  });
}
