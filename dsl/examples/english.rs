//! Prints rule files with the words of the language in English: `cargo run -p heng-dsl --example english FILE…`
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints files")]

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(path)?;
        print!("{}", heng_dsl::syntax::in_english(&text));
    }
    Ok(())
}
