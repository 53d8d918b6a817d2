#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the seeds of fuzz_elf again: the plugin of tests/loader/, small, as several linkers make it. They are kept in
# the tree, so that a run needs no compiler and the same seeds give the same inputs.
#
#	tests/fuzz/elf-seeds.sh
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
seeds=$root/tests/fuzz/corpus/elf
source=$root/tests/loader/plugin.c
small="-O2 -fPIC -shared -nostdlib -fno-asynchronous-unwind-tables -I$root/include
	-Wl,-s -Wl,--build-id=none -Wl,-z,noseparate-code"

mkdir -p "$seeds"
gcc $small -o "$seeds/gcc-x86_64.so" "$source"
gcc $small -Wl,-z,pack-relative-relocs -o "$seeds/gcc-packed-x86_64.so" "$source"
gcc $small -Wl,--hash-style=sysv -Wl,-z,now -DEXPORTED_RUN -o "$seeds/gcc-sysv-x86_64.so" "$source"
gcc $small -Wl,--hash-style=both -DWRITABLE_TABLE -o "$seeds/refused-x86_64.so" "$source"
clang $small -fuse-ld=lld -Wl,--pack-dyn-relocs=relr -o "$seeds/lld-packed-x86_64.so" "$source"
aarch64-linux-gnu-gcc $small -Wl,-z,max-page-size=4096 -o "$seeds/gcc-aarch64.so" "$source"
clang $small --target=aarch64-linux-gnu -fuse-ld=lld -Wl,--pack-dyn-relocs=relr -Wl,-z,max-page-size=4096 \
	-o "$seeds/lld-packed-aarch64.so" "$source"
chmod 644 "$seeds"/*.so
ls -l "$seeds"
