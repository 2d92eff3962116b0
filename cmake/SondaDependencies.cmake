# What Sonda builds on. All of it is in Debian 12; `./dev deps` installs it.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf)
pkg_check_modules(libedit REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(libelf REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(ncursesw REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)

# Only the worker links libbcc: it brings LLVM and Clang with it.
pkg_check_modules(libbcc REQUIRED IMPORTED_TARGET libbcc)
