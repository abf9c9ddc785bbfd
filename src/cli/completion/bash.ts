// The completion script for bash, 3.2 and later.
import type { VerbArgument } from "../verb.ts";
import { allOptions, type CompletedOption, type CompletedValue, type CompletedWords } from "./completed-words.ts";

/** A script that completes `prep` once bash has read it. */
export function bashScript(words: CompletedWords): string {
  const { verbs, queries } = words;
  const fallback = verbs.find(({ isDefault }) => isDefault)?.name ?? "";
  const names = verbs.map(({ name }) => name).join(" ");
  return `# Completes prep in bash. Load it with: source <(prep completion bash)
_prep_words() { COMPREPLY+=($(compgen -W "$1" -- "$current")); }
_prep_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen "$1" -- "$current"))
}
_prep_queries() {
  local path
  _prep_words "${queries.join(" ")}"
  for path in queries/*.sql; do
    path=\${path#queries/}
    [[ $path == "*.sql" ]] || _prep_words "\${path%.sql}"
  done
}
_prep() {
  local current=\${COMP_WORDS[COMP_CWORD]} verb=${fallback} option= is_list= index
  COMPREPLY=()
  case " ${names} " in *" \${COMP_WORDS[1]} "*) [[ $COMP_CWORD -gt 1 ]] && verb=\${COMP_WORDS[1]} ;; esac
  # The option whose value is typed; bash takes --option=value for three words.
  for ((index = COMP_CWORD - 1; index > 0; index--)); do
    case \${COMP_WORDS[index]} in -*) option=\${COMP_WORDS[index]}; break ;; esac
  done
  case $option in ${listFlags(words)}) is_list=1 ;; esac
  if [[ $current == "=" ]]; then current=
  elif [[ \${COMP_WORDS[index + 1]} == "=" && $index -eq $((COMP_CWORD - 2)) ]]; then :
  elif [[ $current == -* || ( -z $is_list && $index -ne $((COMP_CWORD - 1)) ) ]]; then option=
  fi
  case $option in
${valueCases(words).join("\n")}
  esac
  if [[ $current == -* ]]; then
    case $verb in
${verbs.map(({ name, options }) => `      ${name}) _prep_words "${options.flatMap(flagsOf).join(" ")}" ;;`).join("\n")}
    esac
    return
  fi
  [[ $COMP_CWORD -eq 1 ]] && _prep_words "${names}"
  case $verb in
${verbs.flatMap(({ name, argument }) => (argument === "nothing" ? [] : [`    ${name}) ${argumentAction(argument)} ;;`])).join("\n")}
  esac
}
complete -F _prep prep
`;
}

function flagsOf({ flag, short }: CompletedOption): string[] {
  return short === undefined ? [flag] : [flag, short];
}

function listFlags(words: CompletedWords): string {
  return allOptions(words)
    .filter(({ isList }) => isList)
    .flatMap(flagsOf)
    .join("|");
}

/** The branches that complete the values of options, one for all options with the same values. */
function valueCases(words: CompletedWords): string[] {
  const flags = new Map<string, string[]>();
  for (const option of allOptions(words)) {
    if (option.value === "none") continue;
    const action = valueAction(option.value);
    flags.set(action, [...(flags.get(action) ?? []), ...flagsOf(option)]);
  }
  return [...flags].map(([action, names]) => `    ${names.join("|")}) ${action}; return ;;`);
}

function valueAction(value: CompletedValue): string {
  if (value === "file") return "_prep_paths -f";
  if (value === "folder") return "_prep_paths -d";
  return typeof value === "string" ? ":" : `_prep_words "${value.join(" ")}"`;
}

function argumentAction(argument: VerbArgument["completes"]): string {
  if (argument === "query") return "_prep_queries; _prep_paths -f";
  if (argument === "query name") return "_prep_queries";
  return valueAction(argument === "nothing" ? "none" : argument);
}
