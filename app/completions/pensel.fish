# fish completion for pensel
function __pensel_options
    set -l words (commandline -opc)
    pensel help --list $words[2] 2>/dev/null | string replace -r '\t.*\t' '\t'
end

function __pensel_has_command
    test (count (commandline -opc)) -ge 2
end

complete -c pensel -n 'not __pensel_has_command' -f -a '(pensel help --list)'
complete -c pensel -n 'not __pensel_has_command' -f -a help -d 'every option of a command'
complete -c pensel -n '__pensel_has_command; and string match -q -- "-*" (commandline -ct)' -f -a '(__pensel_options)'
complete -c pensel -n '__fish_seen_subcommand_from help' -f -a '(pensel help --list)'
complete -c pensel -l as -x -a 'regression classification'
complete -c pensel -l solver -x -a 'sgd adam lbfgs'
complete -c pensel -l precision -x -a 'float32 float64 bfloat16'
complete -c pensel -l learning-rate -x -a 'constant invscaling adaptive cosine exponential inverse-time'
complete -c pensel -l activation -x -a '(pensel activations | awk "NR > 1 { print \$1 }")'
complete -c pensel -l encoding -x -a 'raw fourier hashgrid pyramid'
complete -c pensel -l loss -x -a 'squared-error poisson absolute-error huber log-cosh'
complete -c pensel -l preset -x -a tutorial
complete -c pensel -l progress -x -a 'auto always never'
