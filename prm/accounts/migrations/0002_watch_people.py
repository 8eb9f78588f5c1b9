"""The people of a workspace are kept like reference data.

Visits change memberships every few minutes and sign-ins change users, so only what `members_by_user` reads counts.
"""

from django.db import migrations

WATCH = """
CREATE FUNCTION accounts_membership_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN  -- perhaps with the whole tenant: never a new row
    UPDATE tenancy_referencechange SET number = nextval('tenancy_reference_number') WHERE tenant_id = OLD.tenant_id;
  ELSE
    PERFORM tenancy_reference_changed(NEW.tenant_id);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION accounts_user_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tenancy_reference_changed(tenant_id)
    FROM (SELECT tenant_id FROM accounts_membership WHERE user_id = NEW.id ORDER BY tenant_id) t;
  RETURN NULL;
END
$$;

CREATE TRIGGER reference_members AFTER INSERT OR DELETE ON accounts_membership
  FOR EACH ROW EXECUTE FUNCTION accounts_membership_moved();
CREATE TRIGGER reference_member AFTER UPDATE ON accounts_membership
  FOR EACH ROW WHEN ((OLD.user_id, OLD.role, OLD.is_active) IS DISTINCT FROM (NEW.user_id, NEW.role, NEW.is_active))
  EXECUTE FUNCTION accounts_membership_moved();
CREATE TRIGGER reference_person AFTER UPDATE ON accounts_user
  FOR EACH ROW WHEN ((OLD.full_name, OLD.email, OLD.is_active) IS DISTINCT FROM (NEW.full_name, NEW.email, NEW.is_active))
  EXECUTE FUNCTION accounts_user_moved();
"""

UNWATCH = """
DROP TRIGGER reference_person ON accounts_user;
DROP TRIGGER reference_member ON accounts_membership;
DROP TRIGGER reference_members ON accounts_membership;
DROP FUNCTION accounts_user_moved();
DROP FUNCTION accounts_membership_moved();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenancy", "0002_reference_changes")]

    operations = [migrations.RunSQL(WATCH, UNWATCH)]
