// Recognises partitions of prep among the inputs of `prep download`.
export { markOfInputs } from "../plan/marked-inputs.ts";
