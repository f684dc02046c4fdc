"""Run in `nautobot-server nbshell` once, after the migration: the superuser and the fixed token of the test server.

The token is public on purpose: the server listens on loopback only, and holds nothing but test data.
"""

from django.contrib.auth import get_user_model
from nautobot.users.models import Token

TOKEN = "0123456789abcdef0123456789abcdef01234567"

user, _ = get_user_model().objects.get_or_create(
    username="nautobridge", defaults={"is_superuser": True, "is_staff": True, "email": "nautobridge@lab.example"}
)
user.set_password("nautobridge")
user.save()
Token.objects.get_or_create(user=user, key=TOKEN, defaults={"description": "tests"})
print("PREPARED")
