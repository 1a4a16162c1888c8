//! The places of a file that can be mutated, and how.

use std::ops::Range;

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, ReturnType, Stmt, Type, UnOp};

/// A change of a stretch of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mutation {
    /// The stretch that is replaced; empty where something is put in.
    pub(crate) at: Range<usize>,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What stands there, in short.
    pub(crate) was: String,
    /// What stands there instead, in short.
    pub(crate) becomes: String,
    /// How it is written.
    pub(crate) way: Way,
}

/// How a mutation is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// Another text stands in the place of a part of the expression: of an operator, a name, a number.
    Swap(Range<usize>, String),
    /// The whole expression becomes another one.
    Become(String),
    /// The condition is turned round.
    Negate,
    /// The operand stands there alone.
    Operand(Range<usize>),
    /// The statement is left out.
    Delete,
    /// The function returns this at once.
    Return(String),
}

/// All mutations of a file, in the order of the text.
pub(crate) fn mutations(text: &str) -> syn::Result<Vec<Mutation>> {
    let file = syn::parse_file(text)?;
    let mut finder = Finder { text, starts: line_starts(text), found: Vec::new() };
    finder.visit_file(&file);
    let mut found = finder.found;
    found.sort_by_key(|it| (it.at.start, it.at.end));
    Ok(found)
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|it| it.1 == b'\n').map(|it| it.0 + 1);
    std::iter::once(0).chain(ends).collect()
}

struct Finder<'t> {
    text: &'t str,
    starts: Vec<usize>,
    found: Vec<Mutation>,
}

impl Finder<'_> {
    fn offset(&self, at: LineColumn) -> usize {
        let start = self.starts.get(at.line - 1).copied().unwrap_or(0);
        let line = self.text.get(start..).unwrap_or("");
        // Columns count characters.
        start + line.chars().take(at.column).map(char::len_utf8).sum::<usize>()
    }

    fn range(&self, of: &impl Spanned) -> Range<usize> {
        let span = of.span();
        self.offset(span.start())..self.offset(span.end())
    }

    fn add(&mut self, of: &impl Spanned, way: Way, was: &str, becomes: &str) {
        let (at, line) = (self.range(of), of.span().start().line);
        let written = self.text.get(at.clone()).unwrap_or("");
        // A comment would hide what follows once the lines are joined; a broken string would change.
        if written.contains("//") || written.contains("\\\n") {
            return;
        }
        let (was, becomes) = (was.to_owned(), becomes.to_owned());
        self.found.push(Mutation { at, line, was, becomes, way });
    }

    fn short(&self, of: &impl Spanned) -> String {
        let text = self.text.get(self.range(of)).unwrap_or("");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() > 60 {
            text.chars().take(57).chain("…".chars()).collect()
        } else {
            text
        }
    }

    fn binary(&mut self, whole: &syn::ExprBinary) {
        if has_let(&whole.left) || has_let(&whole.right) {
            return;
        }
        let others: &[&str] = match whole.op {
            BinOp::Lt(_) => &["<=", ">="],
            BinOp::Le(_) => &["<", ">"],
            BinOp::Gt(_) => &[">=", "<="],
            BinOp::Ge(_) => &[">", "<"],
            BinOp::Eq(_) => &["!="],
            BinOp::Ne(_) => &["=="],
            BinOp::And(_) => &["||"],
            BinOp::Or(_) => &["&&"],
            BinOp::Add(_) => &["-"],
            BinOp::Sub(_) => &["+"],
            BinOp::Mul(_) => &["/"],
            BinOp::Div(_) => &["*"],
            BinOp::Rem(_) => &["*"],
            BinOp::AddAssign(_) => &["-="],
            BinOp::SubAssign(_) => &["+="],
            BinOp::MulAssign(_) => &["/="],
            BinOp::DivAssign(_) => &["*="],
            _ => &[],
        };
        let operator = self.range(&whole.op);
        let was = self.short(whole);
        for other in others {
            self.add(whole, Way::Swap(operator.clone(), (*other).to_owned()), &was, other);
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall) {
        let other = match call.method.to_string().as_str() {
            "min" => "max",
            "max" => "min",
            "checked_add" => "checked_sub",
            "checked_sub" => "checked_add",
            "is_some" => "is_none",
            "is_none" => "is_some",
            "any" => "all",
            "all" => "any",
            "div_euclid" => "rem_euclid",
            "rem_euclid" => "div_euclid",
            _ => return,
        };
        let (name, was) = (self.range(&call.method), self.short(call));
        self.add(call, Way::Swap(name, other.to_owned()), &was, other);
    }

    fn literal(&mut self, literal: &syn::ExprLit) {
        match &literal.lit {
            Lit::Int(it) => {
                let Ok(number) = it.base10_parse::<u128>() else { return };
                let suffix = if it.suffix().is_empty() { "" } else { it.suffix() };
                let others = [number.checked_add(1), number.checked_sub(1)];
                for other in others.into_iter().flatten() {
                    let other = format!("{other}{suffix}");
                    self.add(literal, Way::Become(other.clone()), &number.to_string(), &other);
                }
            }
            Lit::Bool(it) => {
                let other = (!it.value).to_string();
                self.add(literal, Way::Become(other.clone()), &it.value.to_string(), &other);
            }
            _ => {}
        }
    }

    fn condition(&mut self, condition: &Expr) {
        if !has_let(condition) {
            let was = self.short(condition);
            self.add(condition, Way::Negate, &was, "the other branch");
        }
    }

    fn statement(&mut self, expr: &Expr, whole: &Stmt) {
        let has_effect = match expr {
            Expr::Assign(_) | Expr::Call(_) | Expr::MethodCall(_) => true,
            Expr::Binary(it) => is_assignment(&it.op),
            _ => false,
        };
        if has_effect {
            let was = self.short(whole);
            self.add(whole, Way::Delete, &was, "nothing");
        }
    }

    /// Puts a return of a simple value at the start of a function.
    fn body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let ReturnType::Type(_, ty) = &signature.output else { return };
        let name = signature.ident.to_string();
        let start = self.range(&block.brace_token.span.open()).end;
        let line = signature.ident.span().start().line;
        for value in simple_values(ty) {
            let (was, becomes) = (format!("fn {name}"), format!("return {value} at once"));
            let way = Way::Return((*value).to_owned());
            self.found.push(Mutation { at: start..start, line, was, becomes, way });
        }
    }
}

/// Values that a function of that type might return without any work.
fn simple_values(ty: &Type) -> &'static [&'static str] {
    let Type::Path(path) = ty else { return &[] };
    let Some(last) = path.path.segments.last() else { return &[] };
    match last.ident.to_string().as_str() {
        "bool" => &["true", "false"],
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" => {
            &["0", "1"]
        }
        "Option" => &["None"],
        "Vec" => &["Vec::new()"],
        "Ordering" => &["std::cmp::Ordering::Equal"],
        "Value" => &["Value::Missing", "Value::NotApplicable"],
        _ => &[],
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_)
    )
}

/// Does a condition bind something? Then it cannot be put in brackets.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(it) => has_let(&it.left) || has_let(&it.right),
        _ => false,
    }
}

/// Is it only there for tests?
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("test")
            || it.path().is_ident("cfg")
                && it.parse_args::<syn::Ident>().is_ok_and(|it| it == "test")
    })
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, it: &'ast syn::ItemMod) {
        if !is_test(&it.attrs) {
            visit::visit_item_mod(self, it);
        }
    }

    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        if !is_test(&it.attrs) && it.sig.constness.is_none() {
            self.body(&it.sig, &it.block);
            visit::visit_block(self, &it.block);
        }
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        if it.sig.constness.is_none() {
            self.body(&it.sig, &it.block);
            visit::visit_block(self, &it.block);
        }
    }

    // Where the switch cannot stand.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast Type) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, it: &'ast syn::ExprRepeat) {
        self.visit_expr(&it.expr);
    }

    fn visit_stmt(&mut self, it: &'ast Stmt) {
        if let Stmt::Expr(expr, Some(_)) = it {
            self.statement(expr, it);
        }
        visit::visit_stmt(self, it);
    }

    fn visit_arm(&mut self, it: &'ast syn::Arm) {
        if let Some((_, guard)) = &it.guard
            && !has_let(guard)
        {
            let was = self.short(&**guard);
            self.add(&**guard, Way::Become("false".to_owned()), &was, "false");
        }
        visit::visit_arm(self, it);
    }

    fn visit_expr(&mut self, it: &'ast Expr) {
        match it {
            Expr::Binary(it) => self.binary(it),
            Expr::MethodCall(it) => self.method(it),
            Expr::Lit(it) => self.literal(it),
            Expr::If(it) => self.condition(&it.cond),
            Expr::Unary(syn::ExprUnary { op: UnOp::Not(_), expr, .. }) => {
                let (was, operand) = (self.short(it), self.range(&**expr));
                self.add(it, Way::Operand(operand), &was, "without !");
            }
            Expr::Call(call) => {
                let some = matches!(&*call.func, Expr::Path(it) if it.path.is_ident("Some"));
                if some {
                    let was = self.short(it);
                    self.add(it, Way::Become("None".to_owned()), &was, "None");
                }
            }
            _ => {}
        }
        visit::visit_expr(self, it);
    }
}
