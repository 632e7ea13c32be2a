"""The words of the mails about the wallet."""

from billing.letters import LETTERS, Letter

WALLET = ("Open the wallet", "settings:wallet")
CARD = ("Update the card", "settings:billing_methods")

LETTERS.update(
    {
        "wallet_low": Letter("Your wallet is running low", ("{balance} is left for messages, calls and numbers.", "Add funds, or let the card be charged by itself before it is empty."), *WALLET),
        "wallet_empty": Letter("Your wallet is empty", ("The balance is {balance}: messages wait and outgoing calls are refused until you add funds. A call in progress is not cut.",), *WALLET),
        "wallet_receipt": Letter("{amount} was added to your wallet", ("{card} was charged {amount}. The balance is {balance} now.",), *WALLET),
        "recharge_failed": Letter("Your wallet could not be recharged", ("{card} was not charged {amount}: {reason}.", "{then}"), *CARD),
        "recharge_off": Letter("Automatic recharge is switched off", ("Three recharges in a row failed, so we do not try again by ourselves. Add funds, or another card, and switch it on again.",), *WALLET),
        "wallet_charged_back": Letter("A payment of your wallet was taken back", ("The bank disputes {amount} that was added to your wallet and took it back. The balance is {balance}, and automatic recharge is off.", "If the dispute is decided in our favour, the money comes back to the wallet."), *WALLET),
        "recharge_often": Letter("Your wallet was recharged {times} times today", ("A larger amount, now {amount}, would mean fewer charges of your card. We never raise it by ourselves.", "{then}"), *WALLET),
        "recharge_confirm": Letter("Your bank wants you to confirm a recharge", ("The recharge of {amount} waits for your confirmation. It can be given for 23 hours in your wallet.",), *WALLET),
    }
)  # fmt: skip
