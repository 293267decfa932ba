//! `{"wildcard": "dir/*.png"}`: a star is any number of any characters; `\*` is a star, `\\` a backslash.

/// A text with stars.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Star,
    One(char),
}

impl Wildcard {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let token = match character {
                '*' if tokens.last() == Some(&Token::Star) => return Err("two stars in a row".to_owned()),
                '*' => Token::Star,
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => Token::One(escaped),
                    _ => return Err("after a backslash only a star or a backslash may follow".to_owned()),
                },
                other => Token::One(other),
            };
            tokens.push(token);
        }
        Ok(Self { tokens })
    }

    /// Linear but for the stars: on a mismatch the last star takes one more character.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut token, mut character) = (0_usize, 0_usize);
        let mut last_star: Option<(usize, usize)> = None;
        while let Some(current) = text.get(character) {
            match self.tokens.get(token) {
                Some(Token::Star) => {
                    last_star = Some((token, character));
                    token += 1;
                }
                Some(Token::One(wanted)) if wanted == current => {
                    token += 1;
                    character += 1;
                }
                _ => {
                    let Some((at, consumed)) = last_star else { return false };
                    last_star = Some((at, consumed + 1));
                    token = at + 1;
                    character = consumed + 1;
                }
            }
        }
        self.tokens.iter().skip(token).all(|left| *left == Token::Star)
    }
}
