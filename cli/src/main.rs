//! The binary `heng`: hands the arguments to the library and its answer to the shell.

fn main() -> std::process::ExitCode {
    heng::main(std::env::args_os()).into()
}
