#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks the layers of src/: the files of a layer include only headers of this layer and of the layers listed here, by a
# path with the layer's name, and headers of lower layers first. HACKING describes the layers. Prints TAP.
set -u
src=${srcdir:-.}/src
count=0
order='base lib net emit inspect describe render exec activate source hold relay watch sandbox cli receive tty verb'

# known LAYER: prints the permitted includes of LAYER, as shell patterns for the quoted paths.
known()
{
	case $1 in
	base) echo 'base/*' ;;
	lib) echo 'lib/* base/compat.h' ;;
	net) echo 'net/* base/* lib/*' ;;
	emit) echo 'emit/*' ;;
	inspect) echo 'inspect/* base/* lib/* net/peer.h' ;;
	describe) echo 'describe/* base/* lib/* net/peer.h emit/* inspect/*' ;;
	render) echo 'render/* base/* emit/*' ;;
	exec) echo 'exec/* base/*' ;;
	activate) echo 'activate/* base/* lib/* net/* exec/*' ;;
	source) echo 'source/* base/* lib/* net/* inspect/*' ;;
	hold) echo 'hold/* base/* lib/* net/* emit/* inspect/* describe/* render/* exec/*' ;;
	relay) echo 'relay/* base/* lib/* net/* inspect/*' ;;
	watch) echo 'watch/* base/* lib/* net/peer.h inspect/*' ;;
	sandbox) echo 'sandbox/* base/*' ;;
	cli) echo 'cli/* base/* lib/* net/* exec/* source/* sandbox/*' ;;
	receive) echo 'receive/* base/* lib/* net/* emit/* inspect/* describe/* render/* exec/* cli/*' ;;
	tty) echo 'tty/* base/* lib/* net/* inspect/* cli/* receive/*' ;;
	verb) echo 'verb/* base/* lib/* net/* emit/* inspect/* describe/* render/* exec/* activate/* source/* hold/* relay/* watch/* cli/* receive/* tty/*' ;;
	main.c) echo 'base/* cli/* verb/*' ;;
	*) return 1 ;;
	esac
}

# includes FILE: prints the files that FILE includes with quotes, one per line.
includes()
{
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

is_known()
{
	_path=$1
	shift
	for _pattern in "$@"; do
		# shellcheck disable=SC2254 # the expansion is a pattern
		case $_path in
		$_pattern) return 0 ;;
		esac
	done
	return 1
}

rank()
{
	_rank=0
	for _layer in $order; do
		_rank=$((_rank + 1))
		case $1 in
		"$_layer" | "$_layer"/*) break ;;
		esac
	done
	echo "$_rank"
}

check_file()
{
	_file=$1
	_name=$2
	_last=0
	_bad=0
	set -f
	# shellcheck disable=SC2046 # word splitting is intended
	set -- $(known "$_name")
	set +f
	for _inc in $(includes "$_file"); do
		[ "$_inc" != config.h ] || continue
		if ! is_known "$_inc" "$@"; then
			echo "# ${_file#"$src"/}: layer $_name may not include $_inc"
			_bad=1
		fi
		_rank=$(rank "$_inc")
		if [ "$_rank" -lt "$_last" ]; then
			echo "# ${_file#"$src"/}: $_inc must be included before the headers of higher layers"
			_bad=1
		fi
		_last=$_rank
	done
	return $_bad
}

result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
	fi
}

for entry in "$src"/*; do
	layer=${entry##*/}
	case $layer in
	*.c | *.h) ;;
	*) [ -d "$entry" ] || continue ;;
	esac
	bad=0
	if ! known "$layer" >/dev/null; then
		echo "# src/$layer is not a layer listed in this script"
		bad=1
	elif [ -d "$entry" ]; then
		for file in "$entry"/*.c "$entry"/*.h; do
			[ ! -f "$file" ] || check_file "$file" "$layer" || bad=1
		done
	else
		check_file "$entry" "$layer" || bad=1
	fi
	result $bad "$layer includes only permitted headers, lower layers first"
done

# An extern declaration in a .c file needs no include, so this script also checks symbols: each object may refer only to
# symbols of layers that its own layer may include.
objects()
{
	case $1 in
	main.c) echo "$built/main.o" ;;
	verb) echo "$built/verb"/*.o ;;
	# An archive may still contain objects of removed sources, so only objects of existing sources are checked.
	*) echo "$built/$1"/lib*.a ;;
	esac
}

symbols=$(mktemp /tmp/fdl.XXXXXX) || exit 1
trap 'rm -f "$symbols"' EXIT
built=${builddir:-.}/src
nm=${NM:-nm}
# shellcheck disable=SC2086 # these file names contain no spaces
for layer in $order main.c; do
	# shellcheck disable=SC2046 # word splitting is intended
	set -- $(objects "$layer")
	if [ ! -f "$1" ] || ! command -v "$nm" >/dev/null; then
		continue
	fi
	"$nm" --defined-only --extern-only "$@" | awk -v layer="$layer" 'NF == 3 { print "defines", $3, layer }'
	"$nm" --undefined-only "$@" | awk -v layer="$layer" 'NF == 2 { print "uses", $2, layer }'
done | sort -u >"$symbols"
count=$((count + 1))
if [ ! -s "$symbols" ]; then
	echo "ok $count - layers refer only to symbols of permitted layers # SKIP no objects, or no nm"
else
	for layer in $order main.c; do
		# shellcheck disable=SC2046 # word splitting is intended
		echo "known $layer" $(known "$layer" | tr ' ' '\n' | sed 's,/.*,,' | sort -u)
	done | sed 's/\*//g' | cat - "$symbols" | awk '
		$1 == "known" { for (i = 3; i <= NF; i++) knows[$2, $i] = 1; next }
		$1 == "defines" { where[$2] = $3; next }
		$2 in where && where[$2] != $3 && !(($3, where[$2]) in knows) {
			print "# layer " $3 " may not use " $2 " of " where[$2]
			bad = 1
		}
		END { exit bad }'
	bad=$?
	if [ $bad -eq 0 ]; then
		echo "ok $count - layers refer only to symbols of permitted layers"
	else
		echo "not ok $count - layers refer only to symbols of permitted layers"
	fi
fi

# describe and render make no system calls, so that descriptions contain only properties that inspect has gathered.
# Neither their objects, nor the objects of inspect and base that describe uses directly or indirectly, refer to a
# function of the C library that makes a system call. The exception is base/outbuf.c, which writes the output.
calls=$(sed -n 's/^[A-Z_]*(\([a-z0-9_]*\),.*/\1/p' "$src/sandbox/calls.def")
if [ ! -s "$symbols" ]; then
	result 0 "describe and render make no system calls # SKIP no objects, or no nm"
else
	for layer in describe render inspect base; do
		"$nm" -A "$built/$layer/lib$layer.a" | sed "s,^[^:]*:\\([^:]*\\):,$layer/\\1 ,"
	done | awk -v calls="$(echo "$calls" | tr '\n' ' ') syscall prlimit getrlimit if_indextoname fopen opendir" '
		BEGIN {
			n = split(calls, names, " ")
			for (i = 1; i <= n; i++) call[names[i]] = 1
		}
		NF == 4 && $3 ~ /^[A-TV-Z]$/ { where[$4] = $1 }
		$2 == "U" { uses[$1] = uses[$1] " " $3 }
		$1 ~ /^describe\// && !($1 in used) { used[$1] = $1; queue[++last] = $1 }
		function is_call(name) { sub(/64$/, "", name); return name in call }
		$1 ~ /^render\// && $2 == "U" && is_call($3) { print "# " $1 " calls " $3; bad = 1 }
		END {
			for (next_one = 1; next_one <= last; next_one++) {
				object = queue[next_one]
				if (object == "base/outbuf.o") continue
				n = split(uses[object], names, " ")
				for (i = 1; i <= n; i++) {
					name = names[i]
					if (name in where) {
						if (!(where[name] in used)) {
							used[where[name]] = used[object] " uses " name " of " where[name]
							queue[++last] = where[name]
						}
					} else if (is_call(name)) {
						print "# " used[object] ", which calls " name
						bad = 1
					}
				}
			}
			exit bad
		}'
	result $? "describe and render make no system calls"
fi

# Only these files may have static variables; a comment at each variable gives the reason. All other state belongs to
# callers.
stateful='base/fd_limit base/helper base/helper_close base/helper_park base/helper_stuck base/helper_table base/pid_cache base/sigpipe
	cli/cleanup cli/message cli/pid_file cli/progress cli/setup_timeout exec/children exec/environment inspect/idmap inspect/kind_sock inspect/mountinfo inspect/proc
	inspect/same inspect/superblock inspect/unix_diag tty/terminal'
# The section .data.rel.ro is permitted, because it contains only constants with addresses. Sanitizers and profiling add
# variables.
variables=$(for layer in $order; do
	# shellcheck disable=SC2046 # word splitting is intended
	set -- $(objects "$layer")
	[ ! -f "$1" ] || "${OBJDUMP:-objdump}" -t "$@" 2>/dev/null | awk -v layer="$layer" '
		/: +file format/ { name = $1; sub(/:$/, "", name); sub(/.*\//, "", name); sub(/\.o$/, "", name) }
		/ O \.(data|bss)(\.hot)?[ \t]/ { print layer "/" name, $NF }'
done)
case $variables in
'' | *asan* | *gcov*) result 0 "no unlisted file has static variables # SKIP no objdump, or an instrumented build" ;;
*)
	echo "$variables" | awk -v listed="$(echo "$stateful" | tr '\n\t' '  ')" '
		BEGIN { n = split(listed, names, " "); for (i = 1; i <= n; i++) known[names[i]] = 1 }
		!($1 in known) { print "# " $1 ".c: the variable " $2 " outlives its function"; bad = 1 }
		END { exit bad }'
	result $? "no unlisted file has static variables"
	;;
esac

echo "1..$count"
[ "$count" -gt 0 ]
