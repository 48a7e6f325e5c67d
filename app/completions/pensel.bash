# bash completion for pensel
_pensel() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local commands names
    commands=$(pensel help --list 2>/dev/null | cut -f1)
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$commands help --help --version" -- "$current"))
        return
    fi
    case $previous in
        help) names=$commands ;;
        --as) names="regression classification" ;;
        --solver) names="sgd adam lbfgs" ;;
        --precision) names="float32 float64 bfloat16" ;;
        --learning-rate) names="constant invscaling adaptive cosine exponential inverse-time" ;;
        --activation) names=$(pensel activations 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
        --encoding) names="raw fourier hashgrid pyramid" ;;
        --scale | --scale-targets) [[ $command == render ]] || names="none standard minmax" ;;
        --loss) names="squared-error poisson absolute-error huber log-cosh" ;;
        --initialisation) names="glorot he siren" ;;
        --preset) names="tutorial" ;;
        --progress | --show) names="auto always never" ;;
        --shuffle | --nesterovs-momentum) names="true false" ;;
    esac
    if [[ -z $names && $current == -* ]]; then
        names="$(pensel help --list "$command" 2>/dev/null | cut -f1) --help"
    fi
    if [[ -n $names ]]; then
        COMPREPLY=($(compgen -W "$names" -- "$current"))
    else
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}
complete -F _pensel pensel
