#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks the layers of src/: a layer includes only itself and the layers listed here, by a path that names the layer, and
# lower layers first. HACKING describes the layers. TAP.
set -u
src=${srcdir:-.}/src
count=0
order='base lib net emit inspect describe render exec activate source hold relay watch sandbox cli receive tty verb'

# known LAYER: what LAYER may include, as patterns of the path between the quotes.
known()
{
	case $1 in
	base) echo 'base/*' ;;
	lib) echo 'lib/* base/compat.h' ;;
	net) echo 'net/* base/* lib/*' ;;
	emit) echo 'emit/*' ;;
	inspect) echo 'inspect/* base/* lib/*' ;;
	describe) echo 'describe/* base/* lib/* net/peer.h emit/* inspect/*' ;;
	render) echo 'render/* base/* emit/*' ;;
	exec) echo 'exec/* base/*' ;;
	activate) echo 'activate/* base/* lib/* net/* exec/*' ;;
	source) echo 'source/* base/* lib/* net/*' ;;
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

# includes FILE: what FILE includes between quotes, one a line.
includes()
{
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

is_known()
{
	_path=$1
	shift
	for _pattern in "$@"; do
		# shellcheck disable=SC2254 # it is a pattern
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
	# shellcheck disable=SC2046 # words are wanted
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
			echo "# ${_file#"$src"/}: $_inc belongs above what is included before it"
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
		echo "# src/$layer is no layer that this script knows"
		bad=1
	elif [ -d "$entry" ]; then
		for file in "$entry"/*.c "$entry"/*.h; do
			[ ! -f "$file" ] || check_file "$file" "$layer" || bad=1
		done
	else
		check_file "$entry" "$layer" || bad=1
	fi
	result $bad "$layer includes only what it knows, low before high"
done

echo "1..$count"
[ "$count" -gt 0 ]
