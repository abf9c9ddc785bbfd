// `prep run --explain` and `prep filter --explain`: the plan of the selection, without doing it.
export { explainSelection } from "../selection/explain.ts";
