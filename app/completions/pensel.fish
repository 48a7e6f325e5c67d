# fish completion for pensel. Everything is asked of the program: `pensel help --list`, and with a command
# its options, a line each of name, argument, choices, group and help.
function __pensel_options
    set -l words (commandline -opc)
    pensel help --list $words[2] 2>/dev/null | string replace -r '\t.*\t' '\t'
end

function __pensel_choices
    set -l words (commandline -opc)
    if test "$words[-1]" = --activation
        pensel activations | awk 'NR > 1 { print $1 }'
        return
    end
    for line in (pensel help --list $words[2] 2>/dev/null)
        set -l fields (string split \t -- $line)
        test "$fields[1]" = "$words[-1]"; and string split ' ' -- $fields[3]
    end
end

function __pensel_has_choices
    string match -q -- '--*' (commandline -opc)[-1]; and test -n "$(__pensel_choices)"
end

function __pensel_has_command
    test (count (commandline -opc)) -ge 2
end

complete -c pensel -n 'not __pensel_has_command' -f -a '(pensel help --list)'
complete -c pensel -n 'not __pensel_has_command' -f -a help -d 'every option of a command'
complete -c pensel -n '__pensel_has_command; and string match -q -- "-*" (commandline -ct)' -f -a '(__pensel_options)'
complete -c pensel -n '__pensel_has_command; and __pensel_has_choices' -f -a '(__pensel_choices)'
complete -c pensel -n '__fish_seen_subcommand_from help' -f -a '(pensel help --list)'
