#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood completion: what the shells themselves offer for command lines.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export XDG_STATE_HOME=$PWD/state HOME=$PWD TERM=xterm LC_ALL=C.UTF-8
	unset BROOD_BOX XDG_CONFIG_HOME
	mkdir folder programs
	touch file
	printf '#!/bin/sh\n' >programs/frobnicate
	chmod +x programs/frobnicate
	PATH=$PWD/programs:$(dirname "$BROOD"):$PATH
	"$BROOD" mailbox put -b mail -- true >/dev/null
	"$BROOD" mailbox put -b mail -- true >/dev/null
	"$BROOD" mailbox put -b jobs -- true >/dev/null
}

# A mailbox whose message 1 is done, 2 dead, and 3 ready.
make_ends() {
	"$BROOD" mailbox put -b ends -- true >/dev/null
	"$BROOD" mailbox put -b ends -- false >/dev/null
	"$BROOD" mailbox run -b ends --once 2>/dev/null || true
	"$BROOD" mailbox put -b ends -- true >/dev/null
}

# What bash offers for the last of the words, which it splits at =, sorted.
bash_offers() {
	# shellcheck disable=SC2016 # for the other bash
	bash --norc -c '[ ! -r /usr/share/bash-completion/bash_completion ] || . /usr/share/bash-completion/bash_completion
		source <("$BROOD" completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		_brood brood "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort | paste -sd ' '
}

# What fish offers for a command line.
fish_offers() {
	# shellcheck disable=SC2016 # for fish
	fish --no-config -c 'brood completion fish | source
		complete -C $argv[1] | string replace -r "\t.*" ""' "$1" | sort | paste -sd ' '
}

# What zsh offers when a person types a command line and Tab.
zsh_offers() {
	mkdir -p .functions
	[ -e .functions/_brood ] || "$BROOD" completion zsh >.functions/_brood
	# It calls compadd for whatever it offers, and with -A, -O or -D only asks.
	cat >.zshrc <<-'END'
		fpath=("$PWD/.functions" $fpath)
		autoload -Uz compinit
		compinit -u -D
		compadd() {
			local -a hits
			if [[ " ${@[1,(i)(-|--)]}" != *" -"[AOD]* ]]; then
				builtin compadd -O hits "$@"
				print -rl -- $hits >>offered
			fi
			builtin compadd "$@"
		}
		said() { print -n "<offered>" >/dev/tty; }
		comppostfuncs=(said)
		LISTMAX=10000 # or it asks, of many
		PS1='<ready>'
	END
	: >offered
	ZDOTDIR=$PWD "$HELPERS/on_pty" '<ready>' "$1^I" '<offered>' '^U exit^M' -- zsh -d -i >screen
	sed 's/ *$//; /^$/d' offered | sort -u | paste -sd ' '
}

has_fish() {
	command -v fish >/dev/null || skip "no fish"
}

has_zsh() {
	command -v zsh >/dev/null || skip "no zsh"
}

@test "bash: tools, actions, options and their values" {
	[ "$(bash_offers brood '')" = "completion exec filter help mailbox pipe run sh" ]
	[ "$(bash_offers brood -)" = "--help --version -V -h" ]
	[ "$(bash_offers brood help r)" = run ]
	[ "$(bash_offers brood help mailbox re)" = "read resume retry" ]
	[ "$(bash_offers brood completion '')" = "bash fish zsh" ]
	[ "$(bash_offers brood run --or)" = --orphans ]
	[ "$(bash_offers brood run --orphans '')" = "kill leave wait" ]
	[ "$(bash_offers brood run --color = n)" = never ]
	[ "$(bash_offers brood run --color =)" = "always auto never" ]
	[ "$(bash_offers brood run -s SIGTE)" = SIGTERM ]
	[ "$(bash_offers brood run -u roo)" = root ]
	[ "$(bash_offers brood run --groups root,daemo)" = root,daemon ]
	[ "$(bash_offers brood run --caps chown,net_b)" = "chown,net_bind_service chown,net_broadcast" ]
	[ "$(bash_offers brood run --sched f)" = fifo ]
	[ "$(bash_offers brood run --unshare user,t)" = user,time ]
	[ "$(bash_offers brood run --lock f)" = "file folder" ]
	[ "$(bash_offers brood run -C f)" = folder ]
	[ "$(bash_offers brood run --stdin n)" = null ]
	[ "$(bash_offers brood run --stdin "fi")" = file ]
	[ "$(bash_offers brood pipe --st)" = "--stats --status --status-fd --strict" ]
	[ "$(bash_offers brood filter --on-full '')" = "block drop-old spill=" ]
	[ "$(bash_offers brood filter --level e)" = error ]
	[ "$(bash_offers brood mailbox pu)" = put ]
	[ "$(bash_offers brood mailbox put --sy)" = --sync ]
	[ "$(bash_offers brood mailbox put --sync '')" = "always group off" ]
	[ "$(bash_offers brood mailbox ls --state d)" = "dead delayed done" ]
}

@test "bash: commands, files, mailboxes and messages" {
	[ "$(bash_offers brood run -t 5s frob)" = frobnicate ]
	[ "$(bash_offers brood run -q --ts LANG = C frob)" = frobnicate ]
	[ "$(bash_offers brood run -- frob)" = frobnicate ]
	[ "$(bash_offers brood run cat "fi")" = file ]
	[ "$(bash_offers brood pipe frob)" = frobnicate ]
	[ "$(bash_offers brood pipe cat "fi")" = file ]
	[ "$(bash_offers brood pipe --stats cat file "'|'" cat "fi")" = file ]
	[ "$(bash_offers brood filter -v ERROR "fi")" = file ]
	[ "$(bash_offers brood filter "fi")" = file ]
	[ "$(bash_offers brood mailbox put -b mail -- frob)" = frobnicate ]
	[ "$(bash_offers brood mailbox put -b mail cat "fi")" = file ]
	[ "$(bash_offers brood mailbox put -b '')" = "jobs mail" ]
	[ "$(bash_offers brood mailbox put -b ./f)" = ./folder ]
	[ "$(bash_offers brood mailbox log -b mail '')" = "1 2" ]
	[ "$(bash_offers brood mailbox rm --box = jobs '')" = 1 ]
	[ -z "$(bash_offers brood mailbox log -b nowhere '')" ]
	[ ! -e state/brood/mailbox/nowhere ]
}

@test "bash: stages that are one word, with options in brackets" {
	[ "$(bash_offers brood pipe '[')" = "[buf= [cwd= [env. [err= [mem= [name= [ok= [retry= [t=" ]
	# Of one alone bash would close the quote, in front of the value.
	[ "$(bash_offers brood pipe '[ok=0,1 na')" = "[ok=0,1 name= [ok=0,1 name=..." ]
	[ "$(bash_offers brood pipe 'cat file' '[err=j')" = "[err=join" ]
	[ "$(bash_offers brood pipe '[cwd=f')" = "[cwd=folder" ]
	[ "$(bash_offers brood pipe '[ok=0,1 name=x] frobn')" = "[ok=0,1 name=x] frobnicate" ]
	[ "$(bash_offers brood pipe cat '[ok=1] cat fi')" = "[ok=1] cat file" ]
	[ "$(bash_offers brood pipe "'cat file'" frobn)" = frobnicate ]
	[ "$(bash_offers brood pipe "'cat file'" --t)" = --tee ]
	[ "$(bash_offers brood pipe "'cat file'" --tee 'sort | frobn')" = "sort | frobnicate" ]
	[ "$(bash_offers brood pipe -c 'cat fi')" = "cat file" ]
	[ "$(bash_offers brood pipe cat '\|' '[ret')" = "[retry= [retry=..." ]
}

@test "bash: lists, and messages that an action is for" {
	make_ends
	[ "$(bash_offers brood mailbox ls --state 'dead,de')" = "dead,dead dead,delayed" ]
	[ "$(bash_offers brood filter --level warn,de)" = warn,debug ]
	[ "$(bash_offers brood mailbox log -b ends '')" = "1 2 3" ]
	[ "$(bash_offers brood mailbox retry -b ends '')" = 2 ]
	[ "$(bash_offers brood mailbox rm -b ends '')" = "2 3" ]
	[ "$(bash_offers brood mailbox put -b ends --after 3,)" = "3,2 3,3" ]
}

@test "bash with bash-completion: what is a command's own is offered behind it" {
	[ -r /usr/share/bash-completion/bash_completion ] || skip "no bash-completion"
	[ "$(bash_offers brood run -q brood run --orp)" = --orphans ]
	[ "$(bash_offers brood pipe cat file '\|' brood run --orp)" = --orphans ]
	[ "$(bash_offers brood mailbox put -- brood run --orp)" = --orphans ]
	[ -z "$(bash_offers brood pipe cat file '\|' cat --orp)" ]
}

@test "bash: a person who types Tab gets it" {
	cat >rc <<-'END'
		[ ! -r /usr/share/bash-completion/bash_completion ] || . /usr/share/bash-completion/bash_completion
		source <("$BROOD" completion bash)
		brood() { printf '<%s>' "$@"; }
		PS1='ready '
	END
	run -0 --separate-stderr "$HELPERS/on_pty" 'ready ' 'brood mailbox pu^I--pri^I3 -b ma^I-- frobn^I^M' \
		'<frobnicate>' 'exit^M' -- bash --rcfile rc -i
	[[ "$output" = *"<mailbox><put><--prio><3><-b><mail><--><frobnicate>"* ]]
}

@test "sh: options that are a letter only, their values, and scripts" {
	[ "$(bash_offers brood sh -)" = "--help --posix --print --version -C -a -b -c -e -f -h -i -l -m -n -o -s -u -v -x" ]
	[ "$(bash_offers brood sh -o no)" = "noclobber noexec noglob nolog notify nounset" ]
	[ "$(bash_offers brood sh -o errexit 'fi')" = file ]
	[ "$(bash_offers brood sh -n 'fi')" = file ]
	if command -v fish >/dev/null; then
		[ "$(fish_offers 'brood sh --p')" = "--posix --print" ]
		[ "$(fish_offers 'brood sh -o noun')" = nounset ]
		[ "$(fish_offers 'brood sh -x fi')" = file ]
	fi
	if command -v zsh >/dev/null; then
		[ "$(zsh_offers 'brood sh --pr')" = --print ]
		[ "$(zsh_offers 'brood sh -o noun')" = nounset ]
		[ "$(zsh_offers 'brood sh -x fil')" = file ]
	fi
}

@test "every option of the help of every tool and action is offered" {
	for words in run pipe filter sh mailbox 'mailbox put' 'mailbox ls' 'mailbox run' 'mailbox read'; do
		read -ra place <<<"$words"
		"$BROOD" "${place[@]}" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort >help
		bash_offers brood "${place[@]}" - | tr ' ' '\n' | grep -E '^--' | sort >offered
		cmp help offered
		[ -s help ]
		if command -v fish >/dev/null; then
			fish_offers "brood $words --" | tr ' ' '\n' | grep -oE -- '^--[a-z-]+' | sort -u >offered
			cmp help offered
		fi
		if command -v zsh >/dev/null; then
			zsh_offers "brood $words --" | tr ' ' '\n' | grep -oE -- '^--[a-z-]+' | sort -u >with-zsh
			cmp help with-zsh
		fi
	done
}

@test "fish: tools, actions, options and their values" {
	has_fish
	[ "$(fish_offers 'brood ')" = "completion exec filter help mailbox pipe run sh" ]
	[ "$(fish_offers 'brood help ')" = "exec filter mailbox pipe run sh" ]
	[ "$(fish_offers 'brood help mailbox re')" = "read resume retry" ]
	[ "$(fish_offers 'brood completion ')" = "bash fish zsh" ]
	[ "$(fish_offers 'brood run --or')" = --orphans ]
	[ "$(fish_offers 'brood run --orphans ')" = "kill leave wait" ]
	[ "$(fish_offers 'brood run --color=n')" = --color=never ]
	[ "$(fish_offers 'brood run -s TE')" = TERM ]
	[ "$(fish_offers 'brood run -C f')" = folder/ ]
	[ "$(fish_offers 'brood filter --on-full ')" = "block drop-old spill=" ]
	[ "$(fish_offers 'brood mailbox pu')" = put ]
	[ "$(fish_offers 'brood mailbox put --sync ')" = "always group off" ]
	[ "$(fish_offers 'brood mailbox ls --state de')" = "dead delayed" ]
}

@test "fish: commands, files, mailboxes and messages" {
	has_fish
	[ "$(fish_offers 'brood run -t 5s frob')" = frobnicate ]
	[ "$(fish_offers 'brood run -q cat fi')" = file ]
	[ "$(fish_offers 'brood run -q brood run --orp')" = --orphans ]
	[ "$(fish_offers 'brood pipe --stats frob')" = frobnicate ]
	[ "$(fish_offers "brood pipe cat file '|' brood run --orp")" = --orphans ]
	[ "$(fish_offers "brood pipe cat file '|' frob")" = frobnicate ]
	[ "$(fish_offers 'brood filter ERROR fi')" = file ]
	[ "$(fish_offers 'brood mailbox put -b mail -- frob')" = frobnicate ]
	[ "$(fish_offers 'brood mailbox put cat fi')" = file ]
	[ "$(fish_offers 'brood mailbox put -b ')" = "jobs mail" ]
	[ "$(fish_offers 'brood mailbox log -b mail ')" = "1 2" ]
	[ "$(fish_offers 'brood mailbox rm --box=jobs ')" = 1 ]
}

@test "fish: stages that are one word, lists, messages that an action is for" {
	has_fish
	make_ends
	[ "$(fish_offers "brood pipe '[na")" = "[name=" ]
	[ "$(fish_offers "brood pipe '[ok=0,1 na")" = "[ok=0,1 name=" ]
	[ "$(fish_offers "brood pipe 'cat file' '[err=j")" = "[err=join" ]
	[ "$(fish_offers "brood pipe '[cwd=f")" = "[cwd=folder/" ]
	[ "$(fish_offers "brood pipe '[ok=0,1] frobn")" = "[ok=0,1] frobnicate" ]
	[ "$(fish_offers "brood pipe 'cat file' 'cat fi")" = "cat file" ]
	[ "$(fish_offers "brood pipe 'cat file' --te")" = --tee ]
	[ "$(fish_offers "brood pipe 'cat file' --tee 'sort | frobn")" = "sort | frobnicate" ]
	[ "$(fish_offers "brood pipe -c 'cat fi")" = "cat file" ]
	[ "$(fish_offers 'brood mailbox ls --state=dead,re')" = "--state=dead,ready --state=dead,removed" ]
	[ "$(fish_offers 'brood filter --level warn,de')" = warn,debug ]
	[ "$(fish_offers 'brood mailbox log -b ends ')" = "1 2 3" ]
	[ "$(fish_offers 'brood mailbox retry -b ends ')" = 2 ]
}

@test "zsh: tools, actions, options and their values" {
	has_zsh
	[ "$(zsh_offers 'brood ')" = "completion exec filter help mailbox pipe run sh" ]
	[ "$(zsh_offers 'brood help mailbox re')" = "read resume retry" ]
	[ "$(zsh_offers 'brood completion ')" = "bash fish zsh" ]
	[ "$(zsh_offers 'brood run --or')" = --orphans ]
	[ "$(zsh_offers 'brood run --orphans ')" = "kill leave wait" ]
	[ "$(zsh_offers 'brood run --color=n')" = never ]
	[ "$(zsh_offers 'brood run -s TER')" = TERM ]
	[ "$(zsh_offers 'brood run -u roo')" = root ]
	[ "$(zsh_offers 'brood run --caps chown,net_bi')" = net_bind_service ]
	[ "$(zsh_offers 'brood run -C f')" = folder ]
	[ "$(zsh_offers 'brood filter --on-full ')" = "block drop-old spill=" ]
	[ "$(zsh_offers 'brood mailbox pu')" = put ]
	[ "$(zsh_offers 'brood mailbox put --sync ')" = "always group off" ]
	[ "$(zsh_offers 'brood mailbox ls --state de')" = "dead delayed" ]
}

@test "zsh: commands, files, mailboxes and messages" {
	has_zsh
	[ "$(zsh_offers 'brood run -t 5s frobn')" = frobnicate ]
	[ "$(zsh_offers 'brood run -q cat fil')" = file ]
	[ "$(zsh_offers 'brood run -q brood run --orp')" = --orphans ]
	[ "$(zsh_offers 'brood pipe --stats frobn')" = frobnicate ]
	[ "$(zsh_offers "brood pipe cat file '|' brood run --orp")" = --orphans ]
	[ "$(zsh_offers "brood pipe cat file '|' frobn")" = frobnicate ]
	[ "$(zsh_offers 'brood filter ERROR fil')" = file ]
	[ "$(zsh_offers 'brood mailbox put -b mail -- frobn')" = frobnicate ]
	[ "$(zsh_offers 'brood mailbox put cat fil')" = file ]
	[ "$(zsh_offers 'brood mailbox put -b ')" = "jobs mail" ]
	[ "$(zsh_offers 'brood mailbox log -b mail ')" = "1 2" ]
	[ "$(zsh_offers 'brood mailbox rm --box=jobs ')" = 1 ]
}

@test "zsh: stages that are one word, lists, messages that an action is for" {
	has_zsh
	make_ends
	[ "$(zsh_offers "brood pipe '[na")" = "name=" ]
	[ "$(zsh_offers "brood pipe '[ok=0,1 na")" = "name=" ]
	[ "$(zsh_offers "brood pipe 'cat file' '[err=j")" = join ]
	[ "$(zsh_offers "brood pipe '[cwd=f")" = folder ]
	[ "$(zsh_offers "brood pipe '[ok=0,1] frobn")" = frobnicate ]
	[ "$(zsh_offers "brood pipe 'cat file' 'cat fil")" = file ]
	[ "$(zsh_offers "brood pipe 'cat file' --te")" = --tee ]
	[ "$(zsh_offers "brood pipe 'cat file' --tee 'sort | frobn")" = frobnicate ]
	[ "$(zsh_offers "brood pipe -c 'cat fil")" = file ]
	[ "$(zsh_offers 'brood filter --level warn,de')" = debug ]
	[ "$(zsh_offers 'brood mailbox log -b ends ')" = "1 2 3" ]
	[ "$(zsh_offers 'brood mailbox retry -b ends ')" = 2 ]
}

@test "the scripts can be read" {
	"$BROOD" completion bash | bash -n
	[ "$("$BROOD" completion zsh | head -n 1)" = "#compdef brood" ]
	! command -v zsh >/dev/null || zsh -n <("$BROOD" completion zsh)
	! command -v fish >/dev/null || fish -n <("$BROOD" completion fish)
}

@test "another shell is refused" {
	run -125 --separate-stderr "$BROOD" completion csh
	[ "$stderr" = "brood: completion: no such shell (accepted: bash, fish, zsh)" ]
	run -125 --separate-stderr "$BROOD" completion
	[ "$stderr" = "brood: completion: which shell? (accepted: bash, fish, zsh)" ]
}
