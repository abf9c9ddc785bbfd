// The completion script for fish.
import type { VerbArgument } from "../verb.ts";
import type { CompletedOption, CompletedValue, CompletedVerb, CompletedWords } from "./completed-words.ts";

/** A script that completes `prep` once fish has read it. */
export function fishScript({ verbs, queries }: CompletedWords): string {
  const fallback = verbs.find(({ isDefault }) => isDefault)?.name ?? "";
  return `# Completes prep in fish. Load it with: prep completion fish | source
function __prep_verb
  set -l words (commandline -opc)
  if test (count $words) -gt 1; and contains -- $words[2] ${verbs.map(({ name }) => name).join(" ")}
    echo $words[2]
  else
    echo ${fallback}
  end
end
function __prep_is
  test (__prep_verb) = $argv[1]
end
function __prep_first
  test (count (commandline -opc)) -eq 1
end
function __prep_queries
  printf '%s\\n' ${queries.join(" ")}
  for path in queries/*.sql
    string replace -r '^queries/(.*)\\.sql$' '$1' $path
  end
end
complete -c prep -f
${verbs.flatMap((verb) => verbLines(verb)).join("\n")}
`;
}

function verbLines({ name, help, options, argument }: CompletedVerb): string[] {
  return [
    `complete -c prep -n __prep_first -a ${name} -d ${quoted(help)}`,
    ...argumentWords(argument).map((words) => `complete -c prep -n '__prep_is ${name}' ${words}`),
    ...options.map((option) => `complete -c prep -n '__prep_is ${name}' ${optionWords(option)}`),
  ];
}

function optionWords({ flag, short, help, value }: CompletedOption): string {
  const form = `-l ${flag.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`} -d ${quoted(help)}`;
  return value === "none" ? form : `${form} ${valueWords(value)}`;
}

function valueWords(value: CompletedValue): string {
  if (value === "file") return "-r -F";
  if (value === "folder") return "-x -a '(__fish_complete_directories (commandline -ct))'";
  return typeof value === "string" ? "-x" : `-x -a ${quoted(value.join(" "))}`;
}

function argumentWords(argument: VerbArgument["completes"]): string[] {
  if (argument === "nothing") return [];
  if (argument === "query") return ["-F", "-a '(__prep_queries)'"];
  if (argument === "query name") return ["-a '(__prep_queries)'"];
  if (argument === "file") return ["-F"];
  if (argument === "folder") return ["-a '(__fish_complete_directories (commandline -ct))'"];
  return [`-a ${quoted(argument.join(" "))}`];
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
