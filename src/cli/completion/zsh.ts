// The completion script for zsh.
import type { VerbArgument } from "../verb.ts";
import type { CompletedOption, CompletedValue, CompletedWords } from "./completed-words.ts";

/** A script that completes `prep`, read by zsh or put as `_prep` into a folder of its `fpath`. */
export function zshScript({ verbs, queries }: CompletedWords): string {
  const fallback = verbs.find(({ isDefault }) => isDefault)?.name ?? "";
  return `#compdef prep
# Completes prep in zsh. Load it with: source <(prep completion zsh)
_prep_queries() {
  local -a names
  names=(${queries.join(" ")} queries/*.sql(N:t:r))
  _describe query names
}
_prep_query() { _alternative 'queries:query:_prep_queries' 'files:file:_files' }
_prep_verbs() {
  local -a verbs
  verbs=(
${verbs.map(({ name, help }) => `    ${quoted(`${name}:${help.replaceAll(":", "\\:")}`)}`).join("\n")}
  )
  _describe verb verbs
}
_prep_first() { _alternative 'verbs:verb:_prep_verbs' 'queries:query:_prep_query' }
_prep() {
  local verb=${fallback} curcontext=$curcontext state
  local -A opt_args
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _prep_first
    return
  fi
  case $words[2] in
    ${verbs.map(({ name }) => name).join("|")}) verb=$words[2]; shift words; (( CURRENT-- )) ;;
  esac
  case $verb in
${verbs.map(({ name, options, argument }) => `    ${name}) _arguments -S ${[...options.flatMap(optionSpecs), ...argumentSpecs(argument)].join(" ")} ;;`).join("\n")}
  esac
}
if [ "$funcstack[1]" = "_prep" ]; then _prep "$@"; else compdef _prep prep; fi
`;
}

function optionSpecs({ flag, short, help, value, isList }: CompletedOption): string[] {
  const text = help.replace(/[[\\\]:]/g, "\\$&");
  const forms = short === undefined ? [flag] : [flag, short];
  if (value === "none") return forms.map((form) => quoted(`${form}[${text}]`));
  const action = valueAction(value);
  // A list ends with the next word that begins with a dash.
  return forms.map((form) =>
    quoted(isList ? `*${form}[${text}]:*-*:value:${action}` : `${form === flag ? `${form}=` : `${form}+`}[${text}]:value:${action}`),
  );
}

function valueAction(value: CompletedValue): string {
  if (value === "file") return "_files";
  if (value === "folder") return "_files -/";
  return typeof value === "string" ? " " : `(${value.join(" ")})`;
}

function argumentSpecs(argument: VerbArgument["completes"]): string[] {
  if (argument === "nothing") return [];
  if (argument === "query") return [quoted("*:query:_prep_query")];
  if (argument === "query name") return [quoted("*:query:_prep_queries")];
  return [quoted(`*:argument:${valueAction(argument)}`)];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
