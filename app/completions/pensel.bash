# bash completion for pensel. Everything is asked of the program: `pensel help --list`, and with a command
# its options, a line each of name, argument, choices, group and help.
_pensel() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local commands names options
    commands=$(pensel help --list 2>/dev/null | cut -f1)
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$commands help --help --version" -- "$current"))
        return
    fi
    options=$(pensel help --list "$command" 2>/dev/null)
    case $previous in
        help) names=$commands ;;
        --activation) names=$(pensel activations 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
        --*) names=$(awk -F'\t' -v name="$previous" '$1 == name { print $3 }' <<<"$options") ;;
    esac
    if [[ -z $names && $current == -* ]]; then
        names="$(cut -f1 <<<"$options") --help"
    fi
    if [[ -n $names ]]; then
        COMPREPLY=($(compgen -W "$names" -- "$current"))
    else
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}
complete -F _pensel pensel
