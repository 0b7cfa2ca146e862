//! The texts of e-mails: plain text, and HTML with the same words. Text that a person typed is
//! escaped in HTML, cannot leave its line in either form, and is never part of the subject.

use crate::events::OrderPlaced;
use shared::{
    lambda::one_line,
    mail::{Email, escape},
};
use std::fmt::Write as _;

/// The confirmation of an order.
pub fn order_confirmation(to: &str, name: &str, order: &OrderPlaced, site: &str) -> Email {
    let address = format!("{site}/api/orders/{}", order.order_id);
    let total = dollars(order.total_cents);
    let name = &one_line(name);
    let mut text = format!("Hello {name},\n\nThank you for your order {}.\n\n", order.order_id);
    let mut rows = String::new();
    for line in &order.items {
        let amount = dollars(line.unit_price_cents.saturating_mul(u64::from(line.quantity)));
        let product = one_line(&line.name);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {} x {product}  {amount}", line.quantity);
        let _ =
            write!(rows, "<tr><td>{} × {}</td><td align=\"right\">{amount}</td></tr>", line.quantity, escape(&product));
    }
    let _ = write!(text, "\n  Total  {total}\n\nYou can see your order here: {address}\n");
    let html = format!(
        "<p>Hello {},</p><p>Thank you for your order {}.</p><table>{rows}<tr><td><b>Total</b></td>\
         <td align=\"right\"><b>{total}</b></td></tr></table><p><a href=\"{}\">See your order</a></p>",
        escape(name),
        order.order_id,
        escape(&address),
    );
    Email { to: to.to_owned(), subject: format!("Your order {}", order.order_id), text, html }
}

/// The first mail to a new account, and the only kind of mail until the address is verified. It
/// leaves out the name: whoever signed up may not own this mailbox, and the name is text of their
/// choice.
pub fn verification(to: &str, site: &str, token: &str) -> Email {
    // The token stands after the `#`, so that browsers send it to no server.
    let link = format!("{site}/verify#{token}");
    let text = LinkMail {
        subject: "Welcome: please confirm your address",
        request: "Somebody has created an account with this e-mail address. If it was you, please confirm the \
                  address within three days with this link:",
        ending: "If it was not you, you can ignore this mail.",
    };
    text.to(to, "Hello", &link)
}

/// The mail with which a person who has lost the password sets a new one.
pub fn reset(to: &str, name: &str, site: &str, token: &str) -> Email {
    let link = format!("{site}/reset#{token}");
    let text = LinkMail {
        subject: "Set a new password",
        request: "Somebody has asked to set a new password for your account. If it was you, please use this link. \
                  It works once, within an hour:",
        ending: "If it was not you, you can ignore this mail. Your password does not change.",
    };
    text.to(to, &format!("Hello {}", one_line(name)), &link)
}

/// A mail with a link.
struct LinkMail {
    subject: &'static str,
    /// What the reader should do with the link, which follows.
    request: &'static str,
    /// What stands after the link.
    ending: &'static str,
}

impl LinkMail {
    fn to(&self, to: &str, greeting: &str, link: &str) -> Email {
        let Self { subject, request, ending } = *self;
        let text = format!("{greeting},\n\n{request}\n\n{link}\n\n{ending}\n");
        let (greeting, link) = (escape(greeting), escape(link));
        let html = format!("<p>{greeting},</p><p>{request}</p><p><a href=\"{link}\">{link}</a></p><p>{ending}</p>");
        Email { to: to.to_owned(), subject: subject.to_owned(), text, html }
    }
}

/// `1234567` cents as `$12,345.67`.
fn dollars(cents: u64) -> String {
    let whole = (cents / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{:02}", cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{OrderId, ProductId, UserId},
        orders::OrderLine,
    };
    use jiff::Timestamp;
    use shared::version::Version;

    #[test]
    fn a_name_cannot_inject_markup_or_a_header() {
        let name = "<script>\r\nBcc: x@y.example";
        let mail = reset("a@b.example", name, "https://shop.example", "t");
        assert!(!mail.html.contains("<script>"));
        assert!(!mail.subject.contains(['\r', '\n']));
    }

    #[test]
    fn a_name_writes_no_line_of_its_own_and_turns_none() {
        for odd in ["\n", "\r\n", "\u{85}", "\u{b}", "\u{2028}", "\u{2029}", "\u{202e}", "\u{2067}"] {
            let name = format!("Ada{odd}{odd}Total  $0.00");
            let line = OrderLine {
                product_id: ProductId::generate(),
                name: name.clone(),
                quantity: 1,
                unit_price_cents: 1,
                product_version: Version::FIRST,
            };
            let (order_id, user_id) = (OrderId::generate(), UserId::generate());
            let order =
                OrderPlaced { order_id, user_id, created_at: Timestamp::now(), items: vec![line], total_cents: 1 };
            for mail in [
                order_confirmation("a@b.example", &name, &order, "https://shop.example"),
                reset("a@b.example", &name, "https://shop.example", "t"),
            ] {
                assert!(mail.text.contains("Ada") && !mail.text.contains(&format!("Ada{odd}")), "{:?}", mail.text);
                assert!(mail.html.contains("Ada") && !mail.html.contains(&format!("Ada{odd}")), "{:?}", mail.html);
            }
        }
    }

    #[test]
    fn the_confirmation_lists_lines_and_total() {
        let line = OrderLine {
            product_id: ProductId::generate(),
            name: "Tea & <b>biscuits".into(),
            quantity: 3,
            unit_price_cents: 45_050,
            product_version: Version::FIRST,
        };
        let (order_id, user_id) = (OrderId::generate(), UserId::generate());
        let order =
            OrderPlaced { order_id, user_id, created_at: Timestamp::now(), items: vec![line], total_cents: 135_150 };
        let mail = order_confirmation("a@b.example", "Ada", &order, "https://shop.example");
        assert!(mail.text.contains("3 x Tea & <b>biscuits  $1,351.50"));
        assert!(mail.html.contains("3 × Tea &amp; &lt;b&gt;biscuits"));
        assert!(mail.subject.contains(&order_id.to_string()));
    }

    #[test]
    fn cents_become_dollars() {
        for (cents, text) in
            [(0, "$0.00"), (5, "$0.05"), (99_999, "$999.99"), (100_000, "$1,000.00"), (123_456_789, "$1,234,567.89")]
        {
            assert_eq!(dollars(cents), text);
        }
    }
}
