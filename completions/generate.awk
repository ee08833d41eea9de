# SPDX-License-Identifier: ISC
# Generates the completion for one shell from the option table and the lists of verbs, kinds and flags in the sources.
#
#	awk -v shell=bash -f generate.awk option_table.c option_values.c kind_list.c [VERB.c]... [TABLE-OF-KINDS.c]... \
#		fdpass.bash.in
#
# The last file is a template. A line "@options@" is replaced by the generated options; @verbs@, @kinds@, @properties@
# and @flags@ are replaced by lists of words.

# Converts a C expression of VERB_ bits to a list of verbs, with the macros from the "#define" lines.
function verbs_of(expression,    parts, n, i, found)
{
	gsub(/[()]/, "", expression)
	n = split(expression, parts, /[ |]+/)
	for (i = 1; i <= n; i++) {
		if (parts[i] in defined)
			found = found " " verbs_of(defined[parts[i]])
		else if (parts[i] == "VERB_ALL")
			found = found " *"
		else if (parts[i] ~ /^VERB_/)
			found = found " " tolower(substr(parts[i], 6))
	}
	return found " "
}

# Returns the string literal at the start of TEXT, with adjacent literals joined; stores the remaining text in REST.
function string(text,    value)
{
	while (match(text, /^[ \t]*"[^"]*"/)) {
		value = value substr(text, index(text, "\"") + 1, RLENGTH - index(text, "\"") - 1)
		text = substr(text, RLENGTH + 1)
	}
	rest = text
	return value
}

# { GROUP, "name", 'l', ARG, "ARGUMENT", VERBS, repeats, set, "help" },
function row(text,    fields)
{
	sub(/^[^,]*, */, "", text)
	rows++
	long[rows] = string(text)
	text = substr(rest, 2)
	match(text, /^ *[^,]*,/)
	letter[rows] = text ~ /^ *\047/ ? substr(text, index(text, "\047") + 1, 1) : ""
	text = substr(text, RLENGTH + 1)
	match(text, /ARG_[A-Z]*/)
	takes[rows] = substr(text, RSTART + 4, RLENGTH - 4)
	sub(/^[^,]*, */, "", text)
	if (text ~ /^"/) {
		argument[rows] = string(text)
		text = rest
	} else
		sub(/^[^,]*/, "", text)
	sub(/^, */, "", text)
	match(text, /^[^,]*/)
	verbs[rows] = verbs_of(substr(text, 1, RLENGTH))
	text = substr(text, RLENGTH + 1)
	repeats[rows] = text ~ /^, *true/
	sub(/^, *[a-z]*, *[a-z_]*, */, "", text)
	help[rows] = string(text)
}

function has(i, verb)
{
	return index(verbs[i], " * ") || index(verbs[i], " " verb " ")
}

function help_for(i, verb)
{
	return text_for(help[i], verb)
}

# Returns the part of "TEXT|VERB:TEXT..." that applies to VERB.
function text_for(text, verb,    n, i, parts)
{
	n = split(text, parts, "|")
	for (i = 2; i <= n; i++)
		if (index(parts[i], verb ":") == 1)
			return substr(parts[i], length(verb) + 2)
	return parts[1]
}

# Returns the domain of an option's argument: a word that the templates map to candidates.
function domain(i, verb)
{
	if (takes[i] == "NONE")
		return "none"
	if (long[i] == "data" && verb == "send")
		return "text"
	if (long[i] == "data" || long[i] == "reply")
		return "dest"
	if (long[i] == "send")
		return "text"
	if (long[i] == "type" || long[i] == "color" || long[i] == "flags" || long[i] == "require" ||
	    long[i] == "restart")
		return long[i]
	if (long[i] == "only")
		return "require"
	if (long[i] == "dump-cmsg")
		return "form"
	if (argument[i] ~ /^USER/)
		return "users"
	if (argument[i] ~ /^GROUP/)
		return "groups"
	if (long[i] == "ready-fd" || long[i] == "inherit")
		return "numbers"
	if (argument[i] == "PATH" || argument[i] == "FILE")
		return "file"
	return "any"
}

function bash(    v, i, verb)
{
	print "_fdpass_options() {"
	print "\tcase $1 in"
	for (v = 1; v <= verb_count; v++) {
		verb = verb_names[v]
		printf "\t%s)\n\t\tprintf '%%s\\n'", verb
		for (i = 1; i <= rows; i++)
			if (has(i, verb))
				printf " \\\n\t\t    %s--%s", letter[i] != "" ? "-" letter[i] " " : "", long[i]
		print "\n\t\t;;"
	}
	print "\tesac\n}\n"
	print "# The domain of an option argument; \"none\" without an argument, prefixed with \"?\" if it is optional."
	print "_fdpass_argument() {"
	print "\tcase $1:$2 in"
	for (i = 1; i <= rows; i++) {
		if (domain(i, "send") != domain(i, "recv"))
			printf "\tsend:--%s%s) echo %s ;;\n", long[i], letter[i] != "" ? " | send:-" letter[i] : "",
			    domain(i, "send")
		printf "\t*:--%s%s) echo '%s%s' ;;\n", long[i], letter[i] != "" ? " | *:-" letter[i] : "",
		    takes[i] == "MAYBE" ? "?" : "", domain(i, "recv")
	}
	print "\t*) echo none ;;\n\tesac\n}"
}

function quoted(text)
{
	gsub(/\047/, "\047\\\047\047", text)
	return text
}

function zsh(    v, i, verb, text, action)
{
	for (v = 1; v <= verb_count; v++) {
		verb = verb_names[v]
		printf "_fdpass_options_%s=(\n", verb
		for (i = 1; i <= rows; i++) {
			if (!has(i, verb))
				continue
			text = help_for(i, verb)
			gsub(/\[|\]|:/, "\\\\&", text)
			text = quoted(text)
			action = ""
			if (takes[i] != "NONE") {
				action = argument[i] ~ /^\|/ ? text_for(argument[i], verb) : argument[i]
				gsub(/:/, "\\\\:", action)
				action = (takes[i] == "MAYBE" ? "::" : ":") quoted(action) ":_fdpass_" domain(i, verb)
			}
			printf "\t'%s--%s%s[%s]%s'\n", repeats[i] ? "*" : letter[i] != "" ? "(-" letter[i] ")" : "", long[i],
			    takes[i] == "NONE" ? "" : takes[i] == "MAYBE" ? "=-" : "=", text, action
			if (letter[i] != "")
				printf "\t'%s-%s%s[%s]%s'\n", repeats[i] ? "*" : "(--" long[i] ")", letter[i],
				    takes[i] == "NEEDED" ? "+" : "", text, takes[i] == "NEEDED" ? action : ""
		}
		print ")"
	}
}

function fish(    v, i, j, verb, text, told, order, n, parts)
{
	for (i = 1; i <= rows; i++) {
		split("", told)
		n = 0
		for (v = 1; v <= verb_count; v++) {
			verb = verb_names[v]
			if (!has(i, verb))
				continue
			text = domain(i, verb) "\t" help_for(i, verb)
			if (!(text in told))
				order[++n] = text
			told[text] = told[text] " " verb
		}
		for (j = 1; j <= n; j++) {
			split(order[j], parts, "\t")
			printf "complete -c fdpass -n '__fdpass_verb%s' -l %s%s", told[order[j]], long[i], letter[i] != "" ? " -s " letter[i] : ""
			if (takes[i] == "NEEDED")
				printf " -x"
			if (takes[i] != "NONE" && parts[1] != "any")
				printf " -a '(__fdpass_%s)'", parts[1]
			printf " -d '%s'\n", quoted(parts[2])
		}
	}
}

FNR == 1 {
	files++
	source = FILENAME
	sub(/.*\//, "", source)
}

source == "option_table.c" && /^#define [A-Z_]+[ \t]/ {
	name = $2
	sub(/^#define [A-Z_]+[ \t]+/, "")
	sub(/\/\*.*/, "")
	defined[name] = $0
}
source == "option_table.c" && /^\t\{ GROUP_/ { pending = "" ; open = 1 }
source == "option_table.c" && open {
	sub(/^\t+ */, "")
	pending = pending (pending != "" ? " " : "") $0
	if (/\},$/) {
		row(pending)
		open = 0
	}
}
source == "option_values.c" && /\{ "[a-z_]+", MSG_/ {
	line = $0
	while (match(line, /"[a-z_]+", MSG_/)) {
		flags = flags (flags != "" ? " " : "") substr(line, RSTART + 1, RLENGTH - 8)
		line = substr(line, RSTART + RLENGTH)
	}
}
source == "kind_list.c" && /^\t\{ "[a-z0-9]+", BY_/ {
	split($0, parts, "\"")
	properties = properties (properties != "" ? " " : "") parts[2]
}
source ~ /^kind_.*\.c$/ && /^const struct fd_kind / { kinds_here = 1 }
source ~ /^kind_.*\.c$/ && kinds_here && /^\t(\{ \.word = |(PLAIN|DRIVER)\()"/ {
	split($0, parts, "\"")
	if (index(" " kinds " ", " " parts[2] " ") == 0)
		kinds = kinds (kinds != "" ? " " : "") parts[2]
}
/^\};/ { kinds_here = 0 }
/^const struct verb verb_/ { in_verb = 1 }
in_verb && /^\t\.name = / {
	split($0, parts, "\"")
	verb_names[++verb_count] = parts[2]
	verb_list = verb_list (verb_list != "" ? " " : "") parts[2]
}
in_verb && /^\t\.summary = / {
	split($0, parts, "\"")
	summary[verb_count] = parts[2]
}
/^\};/ { in_verb = 0 }

source ~ /\.in$/ {
	if ($0 == "@options@") {
		if (shell == "bash")
			bash()
		else if (shell == "zsh")
			zsh()
		else
			fish()
		next
	}
	if ($0 == "@summaries@") {
		for (i = 1; i <= verb_count; i++)
			if (shell == "zsh")
				printf "\t'%s:%s'\n", verb_names[i], quoted(summary[i])
			else
				printf "complete -c fdpass -n '__fdpass_wants_verb' -f -a %s -d '%s'\n", verb_names[i], quoted(summary[i])
		next
	}
	gsub(/@verbs@/, verb_list)
	gsub(/@kinds@/, kinds)
	gsub(/@properties@/, properties)
	gsub(/@flags@/, flags)
	print
}

END {
	if (rows == 0 || verb_count == 0 || kinds == "" || flags == "" || properties == "") {
		print "generate.awk: a table was not found" >"/dev/stderr"
		exit 1
	}
}
